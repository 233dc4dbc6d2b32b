import type { Notice as Topic } from '../app/environment.ts';
import type { Cause, Verdict } from '../journal/cause.ts';

/** What people are told of a deployment that has ended. Nothing in it is secret. */
export interface Notice {
  readonly app: string;
  readonly environment: string;
  /** `deploy staging`, `rollback production`. */
  readonly job: string;
  readonly verdict: Verdict;
  readonly cause: Cause | null;
  readonly deployment: string | null;
  readonly release: string | null;
  /** Who did it: `anna@laptop`. */
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Where users come in; null where none do. */
  readonly url: string | null;
}

const verdictWords: Readonly<Record<Verdict, string>> = {
  succeeded: 'succeeded',
  'nothing-to-do': 'had nothing to do',
  refused: 'was refused: nothing was changed',
  'rolled-back': 'was rolled back: the old version runs, as before',
  'needs-attention': 'needs attention',
};

/** What it is news of; null: of nothing. */
export function topicOf({ verdict }: Pick<Notice, 'verdict'>): Topic | null {
  switch (verdict) {
    case 'nothing-to-do':
      return null;
    case 'succeeded':
      return 'deployed';
    case 'refused':
    case 'rolled-back':
    case 'needs-attention':
      return 'failed';
  }
}

/** One line: `shop production: deploy succeeded (release 1f0c22ab90de)`. */
export function subjectOf({ app, environment, job, verdict, release }: Notice): string {
  const named = verdict === 'succeeded' && release !== null ? ` (release ${release})` : '';
  return `${app} ${environment}: ${job} ${verdictWords[verdict]}${named}`;
}

/** The subject, why, by whom, and where to look further. */
export function textOf(notice: Notice): string {
  const { cause, by, deployment, startedAt, endedAt, url, environment } = notice;
  const lines = [subjectOf(notice)];
  if (cause !== null) lines.push(`${cause.service === null ? '' : `${cause.service}: `}${cause.what}`);
  lines.push(`by ${by}, in ${Math.round((endedAt - startedAt) / 1000)} s`);
  if (deployment !== null)
    lines.push(`deployment ${deployment}; \`fairway history ${environment}\` shows it`);
  if (url !== null) lines.push(url);
  return lines.join('\n');
}
