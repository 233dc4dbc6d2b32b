import { type InteractionDraft, interactionTypes, priorities, statuses } from './interaction.ts';
import { type FieldReader, readFields, type Validated } from './field-reader.ts';

/** The one definition of a valid interaction: the form asks it while a person types, the API before it stores. */
export function validateDraft(input: unknown): Validated<InteractionDraft> {
  return readFields(input, (read: FieldReader<InteractionDraft>) => {
    const priority = read.optionalChoice('priority', priorities);
    return {
      title: read.text('title', { required: 'Give it a title.', longest: 200 }),
      type: read.choice('type', interactionTypes),
      contact: read.text('contact', { required: 'Say who it was with.', longest: 120 }),
      organisation: read.text('organisation', { longest: 120 }),
      notes: read.text('notes', { longest: 10_000 }),
      occurredAt: read.time('occurredAt'),
      status: read.choice('status', statuses),
      ...(priority !== undefined && { priority }),
    };
  });
}
