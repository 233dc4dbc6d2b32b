import { emptyRecord, fold, type DeploymentRecord } from '../journal/fold.ts';
import type { HarmfulStatement } from '../journal/evidence.ts';
import type { JournalStore } from '../journal/store.ts';

/** A migration that was applied, wholly or in part, and what in it the revisions of before may not survive. */
export interface SchemaBreak {
  readonly deployment: string;
  /** The schema's version before it, as far as it could be told. */
  readonly before: string | null;
  readonly statements: readonly HarmfulStatement[];
}

/** What a deployment applied that the revision before it may not survive. Lost data does not stop a revision. */
export function breaksOf({ migration, harmful }: DeploymentRecord): readonly HarmfulStatement[] {
  if (migration === null || (!migration.finished && !migration.partly)) return [];
  return harmful.filter(({ reasons }) =>
    reasons.some((reason) => reason.class === 'breaks-running' || reason.class === 'unknown'),
  );
}

/** Of all deployments behind one, the oldest first. */
export async function breaksSince(
  { journal }: { readonly journal: JournalStore },
  deployment: string,
): Promise<readonly SchemaBreak[]> {
  const ids = await journal.deployments();
  const later = ids.slice(ids.indexOf(deployment) + 1);
  const records = await Promise.all(
    later.map(async (id) => ({ id, record: fold((await journal.read(id)).entries, emptyRecord) })),
  );
  return records.flatMap(({ id, record }) => {
    const statements = breaksOf(record);
    return statements.length === 0
      ? []
      : [{ deployment: id, before: record.migration?.before ?? null, statements }];
  });
}

/** `0005_x.sql, line 3: ALTER TABLE … (why)` */
export function statementWords({ script, line, shown, reasons }: HarmfulStatement): string {
  const why = reasons.map((reason) => reason.why).join('; ');
  return `${script === null ? '' : `${script}, `}line ${line}: ${shown} (${why})`;
}

/** The schema's version as the newest deployment that migrated left it; null where none did, or none could tell. */
export async function schemaOf({ journal }: { readonly journal: JournalStore }): Promise<string | null> {
  for (const id of (await journal.deployments()).toReversed()) {
    const { migration } = fold((await journal.read(id)).entries, emptyRecord);
    if (migration?.after != null) return migration.after;
  }
  return null;
}
