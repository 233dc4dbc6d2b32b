import type { Notice } from './notice.ts';

/** Somebody who is told. */
export interface Channel {
  /** As in "could not tell Slack". */
  readonly name: string;
  /** Fails where the receiver does not take it. Nothing in its error is secret. */
  readonly tell: (notice: Notice, signal: AbortSignal) => Promise<void>;
}

/** Seconds that one channel has: whoever does not answer holds nobody up. */
const patience = 10;

export interface Untold {
  readonly channel: string;
  readonly why: string;
}

/** Tells everybody at once. Never fails: who could not be told is returned. */
export async function tellAll(channels: readonly Channel[], notice: Notice): Promise<readonly Untold[]> {
  const told = await Promise.all(
    channels.map(async ({ name, tell }) => {
      const timeout = AbortSignal.timeout(patience * 1000);
      const late = new Promise<never>((_, reject) =>
        timeout.addEventListener('abort', () => reject(new Error(`it did not answer within ${patience} s`))),
      );
      try {
        await Promise.race([tell(notice, timeout), late]);
        return [];
      } catch (error) {
        return [{ channel: name, why: error instanceof Error ? error.message : String(error) }];
      }
    }),
  );
  return told.flat();
}
