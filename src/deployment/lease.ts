import type { Environment } from '../app/environment.ts';
import type { Lease } from '../journal/lease.ts';
import { LeaseLost, type HeldBy } from '../journal/store.ts';
import { Refusal } from '../refusal.ts';
import type { Tools } from './context.ts';

export interface LeaseWish {
  readonly purpose: string;
  /** Queue behind whoever holds it, for so many seconds; 0 refuses at once. */
  readonly wait: number;
}

/** Takes the lease on an environment, or says who has it, since when and where. */
export async function takeLease(
  environment: Environment,
  tools: Tools,
  { purpose, wait }: LeaseWish,
): Promise<Lease> {
  const { name, ...process } = tools.host;
  const holder = { who: tools.who, host: name, ...process, purpose };
  const deadline = tools.clock() + wait * 1000;
  for (;;) {
    const lease = await tools.journal.acquire(holder);
    if (!lease.held) return lease;
    if (tools.clock() >= deadline || tools.interrupted.aborted) throw held(environment, lease, wait);
    tools.report({
      kind: 'waiting',
      for: `the lease, which ${lease.by.who} holds for \`${lease.by.purpose}\``,
    });
    await tools.pause(500);
  }
}

function held({ app, name }: Environment, { by, since, expiresAt }: HeldBy, waited: number): Refusal {
  return new Refusal({
    code: 'lease-held',
    what: `${name} of ${app} is being changed by ${by.who}`,
    where: `${by.host}, process ${by.pid}, \`${by.purpose}\`, since ${new Date(since).toISOString()}`,
    why: `one change at a time; the lease runs out at ${new Date(expiresAt).toISOString()} unless its holder renews it`,
    next: waited > 0 ? 'wait longer with --wait <seconds>' : 'wait for it, or queue behind it with --wait',
  });
}

/**
 * A lease that was lost is somebody else's to let go, and one that cannot be let go runs out by itself: what the job came to
 * is not for that another one.
 */
export async function letGo(tools: Tools, lease: Lease): Promise<void> {
  try {
    await tools.journal.release(lease);
  } catch (error) {
    if (!(error instanceof LeaseLost) && !(error instanceof Refusal)) throw error;
  }
}
