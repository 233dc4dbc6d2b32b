export const interactionEventKinds = [
  'interaction.created',
  'interaction.updated',
  'interaction.deleted',
] as const;

/** What the API queues and the worker turns into activity. It says all the worker needs: the row may be gone by then. */
export interface InteractionEvent {
  readonly kind: (typeof interactionEventKinds)[number];
  readonly interactionId: number;
  readonly title: string;
  readonly type: string;
  readonly contact: string;
  /** Display name of who did it. */
  readonly actor: string;
}
