import { type InteractionEvent, interactionEventKinds } from '../interaction/event.ts';
import type { JobHandler } from './queue.ts';

const verbs: Readonly<Record<InteractionEvent['kind'], string>> = {
  'interaction.created': 'logged',
  'interaction.updated': 'updated',
  'interaction.deleted': 'deleted',
};

/** e.g. `Demo User logged a call with Ruth Okafor: Renewal terms`. */
export function summarise({ kind, actor, type, contact, title }: InteractionEvent): string {
  const article = /^[aeiou]/.test(type) ? 'an' : 'a';
  return `${actor} ${verbs[kind]} ${article} ${type} with ${contact}: ${title}`;
}

/** Writes the history line of an interaction's change. */
const recordActivity: JobHandler = async (client, job) => {
  const event = readEvent(job.payload);
  await client.query(
    'INSERT INTO activity (job_id, interaction_id, kind, summary, happened_at) VALUES ($1, $2, $3, $4, $5)',
    [job.id, event.interactionId, event.kind, summarise(event), job.createdAt],
  );
};

export const activityHandlers: ReadonlyMap<string, JobHandler> = new Map(
  interactionEventKinds.map((kind) => [kind, recordActivity]),
);

/** A job may have been queued by another version of the API: a payload that does not fit fails the job, not the worker. */
function readEvent(payload: unknown): InteractionEvent {
  const given: Readonly<Record<string, unknown>> = typeof payload === 'object' ? { ...payload } : {};
  const kind = interactionEventKinds.find((known) => known === given['kind']);
  const { interactionId, title, type, contact, actor } = given;
  if (
    kind === undefined ||
    typeof interactionId !== 'number' ||
    typeof title !== 'string' ||
    typeof type !== 'string' ||
    typeof contact !== 'string' ||
    typeof actor !== 'string'
  ) {
    throw new Error(
      `the payload is not an interaction event; it has ${Object.keys(given).join(', ') || 'no fields'}`,
    );
  }
  return { kind, interactionId, title, type, contact, actor };
}
