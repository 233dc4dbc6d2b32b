import type { InteractionDraft } from '../interaction/interaction.ts';

/** The column of each field that a person fills in. */
export const draftColumns: Readonly<Record<keyof InteractionDraft, string>> = {
  title: 'title',
  type: 'type',
  contact: 'contact',
  organisation: 'organisation',
  notes: 'notes',
  occurredAt: 'occurred_at',
  status: 'status',
};

export const searchedColumns = ['title', 'type', 'contact', 'organisation', 'notes'] as const;

/** What each sortable field is ordered by; statuses and the like in the order a person would expect. */
export const sortExpressions: Readonly<Record<string, string>> = {
  title: 'lower(title)',
  type: 'type',
  contact: 'lower(contact)',
  organisation: 'lower(organisation)',
  occurredAt: 'occurred_at',
  status: "array_position(ARRAY['open', 'waiting', 'done'], status)",
  updatedAt: 'interactions.updated_at',
};
