import { emptyRecord, fold } from '../../journal/fold.ts';
import { homeOf } from '../home.ts';
import { openJournal } from '../journal.ts';
import { seconds } from '../present/lines.ts';
import { loadEnvironment, writeJson, type StreamOptions } from '../session.ts';

export interface HistoryOptions extends StreamOptions {
  readonly limit: number;
}

/** The deployments of an environment, newest first: what was released, by whom, and how it ended. */
export async function run(name: string, options: HistoryOptions): Promise<number> {
  const environment = await loadEnvironment(options.app, name);
  const journal = await openJournal(environment, homeOf(process.env));
  const ids = (await journal.deployments()).toReversed().slice(0, options.limit);
  const deployments = await Promise.all(
    ids.map(async (id) => {
      const { startedAt, by, kind, release, conclusion, migration } = fold(
        (await journal.read(id)).entries,
        emptyRecord,
      );
      const took = conclusion && startedAt !== null ? (conclusion.at - startedAt) / 1000 : null;
      const what = kind?.kind === 'rollback' ? `rollback to ${kind.to}` : 'deploy';
      return {
        deployment: id,
        what,
        by,
        startedAt,
        took,
        release,
        /** The schema's version behind it, where it migrated. */
        schema: migration?.after ?? null,
        verdict: conclusion?.verdict ?? 'unfinished',
        cause: conclusion?.cause?.what ?? null,
      };
    }),
  );
  if (options.json) {
    writeJson({ app: environment.app, environment: name, deployments });
    return 0;
  }
  if (deployments.length === 0) console.log(`nothing was deployed to ${name} of ${environment.app} yet`);
  for (const { deployment, what, by, took, release, schema, verdict, cause } of deployments) {
    const time = took === null ? '' : `in ${seconds(took)}`;
    console.log(
      `${deployment}  ${verdict.padEnd(15)} ${(release ?? '').padEnd(12)}  ${what} by ${by ?? '?'} ${time}${schema === null ? '' : `, schema at ${schema}`}`,
    );
    if (cause !== null) console.log(`${''.padEnd(deployment.length)}  ${cause}`);
  }
  return 0;
}
