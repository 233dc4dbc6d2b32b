import { Refusal } from '../refusal.ts';

/** What a write failed with: a full disk is the user's to mend. */
export function whyNotWritten(error: unknown, place: string, what: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  const problem = {
    code: 'disk-full',
    what: `there is no space left to keep ${what}`,
    where: place,
    next: 'free some space and deploy again; nothing was changed',
  };
  return new Refusal(problem, { cause: error });
}
