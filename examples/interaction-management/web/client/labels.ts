import type { InteractionType, Status } from '../../interaction/interaction.ts';

export const typeLabels: Readonly<Record<InteractionType, string>> = {
  call: 'Call',
  email: 'E-mail',
  meeting: 'Meeting',
  note: 'Note',
};

export const statusLabels: Readonly<Record<Status, string>> = {
  open: 'Open',
  waiting: 'Waiting',
  done: 'Done',
};
