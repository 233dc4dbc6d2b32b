import { setImmediate as drained } from 'node:timers/promises';
import { Refusal } from '../../src/refusal.ts';
import type { Bucket, Condition, Put } from '../../src/journal/s3/bucket.ts';
import { parseHead, type Head } from '../../src/journal/s3/head.ts';
import { memoryBucket, memoryObjects } from './memory-bucket.ts';

/**
 * S3 as far as it promises anything, with an adversary in charge of time and of the network: whose request arrives next, who
 * stands still meanwhile and for how long, which answer is lost, which request arrives long after its sender gave it up.
 * Time is in milliseconds; every process sees it by a clock of its own, that goes evenly and wrong.
 */
export interface World {
  /** Every version of the head that ever stood, in order. */
  readonly heads: readonly Head[];
  readonly process: (pid: number) => Process;
  /** Of someone who sees all of it at once, when all is over. */
  readonly outside: Bucket;
  readonly isDead: (pid: number) => boolean;
  /** Lets everything come to its end. */
  readonly run: () => Promise<void>;
}

export interface Process {
  readonly bucket: Bucket;
  readonly clock: () => number;
  readonly pause: () => Promise<void>;
  /** Nothing that it awaits comes any more; what it has sent may still arrive. */
  readonly die: () => void;
}

interface Step {
  /** Null: of the network, which outlives who uses it. */
  readonly pid: number | null;
  readonly go: () => void;
}

export function openWorld(random: () => number): World {
  const heads: Head[] = [];
  const dead = new Set<number>();
  const steps: Step[] = [];
  let now = 1_700_000_000_000;
  const objects = memoryObjects(() => now);

  return {
    heads,
    process,
    outside: memoryBucket(objects),
    isDead: (pid) => dead.has(pid),
    run,
  };

  async function run(): Promise<void> {
    for (;;) {
      await drained();
      const [next] = steps.splice(Math.floor(random() * steps.length), 1);
      if (next === undefined) return;
      now += passing();
      if (next.pid === null || !dead.has(next.pid)) next.go();
    }
  }

  /** Mostly a moment; now and then so long that a lease runs out. */
  function passing(): number {
    const kind = random();
    if (kind < 0.7) return Math.floor(random() * 200);
    return Math.floor(random() * (kind < 0.9 ? 5000 : 65_000));
  }

  function step(pid: number | null): Promise<void> {
    return new Promise((resolve) => steps.push({ pid, go: resolve }));
  }

  function process(pid: number): Process {
    const offset = Math.floor((random() - 0.5) * 7_200_000);
    return {
      clock: () => now + offset,
      pause: () => step(pid),
      die: () => dead.add(pid),
      bucket: {
        place: 's3://adversary',
        get: (key) => asked(pid, () => objects.find(key)),
        put: (key, text, condition) => sent(pid, () => store(key, text, condition)),
        list: (below) => asked(pid, () => objects.listed(below)),
      },
    };
  }

  async function asked<Answer>(pid: number, look: () => Answer): Promise<Answer> {
    for (let tries = 1; tries < 5; tries += 1) {
      await step(null);
      const answer = look();
      await step(pid);
      if (random() > 0.1) return answer;
    }
    throw unreachable();
  }

  async function sent(pid: number, write: () => Put): Promise<Put> {
    for (let tries = 1; tries < 4; tries += 1) {
      const fate = random();
      const arrived = step(null).then(write);
      // Given up before it arrived: it does all the same, some time.
      if (fate < 0.15) await step(pid);
      else if (fate < 0.2) return step(pid).then(() => ({ kind: 'not-written' }));
      else {
        const answer = await arrived;
        await step(pid);
        if (fate > 0.35) return answer;
      }
    }
    throw unreachable();
  }

  function store(key: string, text: string, condition: Condition): Put {
    const put = objects.store(key, text, condition);
    const head = put.kind === 'written' && key === 'head.json' ? parseHead(text) : null;
    if (head !== null && head !== 'of-a-later-version') heads.push(head);
    return put;
  }
}

function unreachable(): Refusal {
  return new Refusal({ code: 'journal-unreachable', what: 'the adversary', next: 'try again' });
}
