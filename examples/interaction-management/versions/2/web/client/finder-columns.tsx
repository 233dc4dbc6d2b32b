import type { ReactNode } from 'react';
import type { Interaction } from '../../interaction/interaction.ts';
import { Link } from './routing.tsx';
import { priorityLabels, statusLabels, typeLabels } from './labels.ts';

export interface Column {
  /** The API's name to sort by. */
  readonly field: string;
  readonly label: string;
  /** The order of the first click on its heading. */
  readonly firstOrder: 'asc' | 'desc';
  readonly cell: (interaction: Interaction) => ReactNode;
  readonly className?: string;
}

const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

export const columns: readonly Column[] = [
  {
    field: 'title',
    label: 'Title',
    firstOrder: 'asc',
    className: 'title-cell',
    cell: ({ id, title, notes }) => (
      <>
        <Link href={`/interactions/${id}`}>{title}</Link>
        <small>{notes}</small>
      </>
    ),
  },
  {
    field: 'type',
    label: 'Type',
    firstOrder: 'asc',
    cell: ({ type }) => <span className={`tag tag-${type}`}>{typeLabels[type]}</span>,
  },
  {
    field: 'contact',
    label: 'Contact',
    firstOrder: 'asc',
    cell: ({ contact, organisation }) => (
      <>
        {contact}
        <small>{organisation}</small>
      </>
    ),
  },
  {
    field: 'priority',
    label: 'Priority',
    firstOrder: 'desc',
    cell: ({ priority }) =>
      priority === undefined ? (
        '–'
      ) : (
        <span className={`priority priority-${priority}`}>{priorityLabels[priority]}</span>
      ),
  },
  {
    field: 'status',
    label: 'Status',
    firstOrder: 'asc',
    cell: ({ status }) => <span className={`status status-${status}`}>{statusLabels[status]}</span>,
  },
  {
    field: 'occurredAt',
    label: 'When',
    firstOrder: 'desc',
    className: 'when-cell',
    cell: ({ occurredAt }) => (
      <time dateTime={occurredAt}>
        {day.format(new Date(occurredAt))}
        <small>{time.format(new Date(occurredAt))}</small>
      </time>
    ),
  },
];
