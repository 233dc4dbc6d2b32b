import type { S3ClientConfig } from '@aws-sdk/client-s3';

type RetryStrategy = Extract<
  NonNullable<S3ClientConfig['retryStrategy']>,
  { readonly acquireInitialRetryToken: unknown }
>;

/** How long S3 may be away, throttle or fail before what is asked of it is refused. Milliseconds. */
const longest = 30_000;

/** One try: a connection, and then an answer. Milliseconds. */
export const connectionTimeout = 3000;
export const answerTimeout = 8000;

/**
 * A deployment that cannot write its journal has to stop where it stands, so it is worth half a minute of trying; and only
 * once: while S3 stays away, every further call is tried a single time. The SDK's own waiting counts tries, and what all
 * calls together may retry runs out.
 */
export function patience(clock: () => number): RetryStrategy {
  let awaySince: number | null = null;
  return {
    acquireInitialRetryToken: async () => token(0),
    refreshRetryTokenForRetry: async (before, { errorType, retryAfterHint }) => {
      if (errorType === 'CLIENT_ERROR') awaySince = null;
      else awaySince ??= clock();
      if (awaySince === null || clock() - awaySince >= longest) throw new Error('no further retry');
      return token(before.getRetryCount() + 1, retryAfterHint);
    },
    recordSuccess: () => {
      awaySince = null;
    },
  };
}

/** Up to two seconds, of which chance takes a half: many who were throttled together come back apart. */
function token(retry: number, notBefore?: Date) {
  const usual = retry === 0 ? 0 : Math.min(2000, 50 * 2 ** retry) * (1 - Math.random() / 2);
  const asked = notBefore === undefined ? 0 : notBefore.getTime() - Date.now();
  const delay = Math.round(Math.min(5000, Math.max(usual, asked)));
  return { getRetryCount: () => retry, getRetryDelay: () => delay };
}
