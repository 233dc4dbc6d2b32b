import type { TaskLog } from '../tasks/log/log.ts';
import { readJson, replaceFile } from '../tasks/record.ts';
import { numberIn } from './answer.ts';
import type { LogRecord } from './frames.ts';

/**
 * How far a container's log has been copied. The daemon is asked again from a whole second on, and of what it tells then the
 * first `skip` records are known already: its order never changes, and so nothing is lost or doubled.
 */
interface Copied {
  /** Where the copy ends, as a position in the log's stream; what lies behind was written by an engine that died amid it. */
  readonly end: number;
  /** The second to ask from; 0: from the beginning. */
  readonly since: number;
  /** Records from that second on that the copy has. */
  readonly skip: number;
  /** The latest second of any of them: what is later cannot be known. */
  readonly latest: number;
}

const nothing: Copied = { end: 0, since: 0, skip: 0, latest: 0 };

/** How far back records may have been told in another order than that of their times. */
const disorderSeconds = 1;

export interface LogCopy {
  /** Begins to take what the daemon tells from `since` on. */
  begin(): { readonly since: number; readonly take: (records: readonly LogRecord[]) => void };
}

/** The daemon's log of a container, copied into the task's. `file`: where it is remembered how far. */
export function logCopy(log: TaskLog, file: string): LogCopy {
  let copied = readCopied(file);
  /** Records that the copy has, by their second, from `copied.since` on. */
  let counts = new Map<number, number>();

  function append(records: readonly LogRecord[]): void {
    const last = records.at(-1);
    if (last === undefined) return;
    let first = 0;
    for (const [index, { second }] of records.entries()) {
      counts.set(second, (counts.get(second) ?? 0) + 1);
      const next = records[index + 1];
      if (next !== undefined && next.second === second) continue;
      const together = records.slice(first, index + 1);
      log.append(Buffer.concat(together.map(({ bytes }) => bytes)), records[index]?.at ?? last.at);
      first = index + 1;
    }
    const latest = Math.max(copied.latest, ...counts.keys());
    const since = Math.max(copied.since, latest - disorderSeconds);
    counts = new Map([...counts].filter(([second]) => second >= since));
    const skip = [...counts.values()].reduce((sum, count) => sum + count, 0);
    copied = { end: log.end(), since, skip, latest };
    replaceFile(file, JSON.stringify(copied));
  }

  return {
    begin() {
      log.cut(copied.end);
      const { since, latest } = copied;
      let known = copied.skip;
      counts = new Map();
      return {
        since,
        take(records) {
          let fresh = 0;
          while (known > 0 && fresh < records.length) {
            const second = records[fresh]?.second ?? 0;
            // So much has been written meanwhile that the daemon has dropped what is known.
            if (second > latest) known = 0;
            else {
              if (second >= since) {
                known -= 1;
                counts.set(second, (counts.get(second) ?? 0) + 1);
              }
              fresh += 1;
            }
          }
          append(records.slice(fresh));
        },
      };
    },
  };
}

function readCopied(file: string): Copied {
  const value = readJson(file);
  const [end, since, skip, latest] = [
    numberIn(value, 'end'),
    numberIn(value, 'since'),
    numberIn(value, 'skip'),
    numberIn(value, 'latest'),
  ];
  if (end === null || since === null || skip === null || latest === null) return nothing;
  return { end, since, skip, latest };
}
