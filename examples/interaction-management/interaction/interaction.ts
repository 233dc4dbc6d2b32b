export const interactionTypes = ['call', 'email', 'meeting', 'note'] as const;
export const statuses = ['open', 'waiting', 'done'] as const;

export type InteractionType = (typeof interactionTypes)[number];
export type Status = (typeof statuses)[number];

/** What a person fills in. */
export interface InteractionDraft {
  readonly title: string;
  readonly type: InteractionType;
  readonly contact: string;
  readonly organisation: string;
  readonly notes: string;
  /** ISO 8601, UTC. */
  readonly occurredAt: string;
  readonly status: Status;
}

export interface Interaction extends InteractionDraft {
  readonly id: number;
  /** Display name of the user who added it. */
  readonly createdBy: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** One line of the history that the worker writes. */
export interface Activity {
  readonly id: number;
  readonly interactionId: number;
  readonly kind: string;
  readonly summary: string;
  readonly happenedAt: string;
}
