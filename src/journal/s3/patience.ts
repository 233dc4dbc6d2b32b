import type { S3ClientConfig } from '@aws-sdk/client-s3';

type RetryStrategy = Extract<
  NonNullable<S3ClientConfig['retryStrategy']>,
  { readonly acquireInitialRetryToken: unknown }
>;

/** How long it is gone on with a call that S3 does not answer, throttles or fails at; then it is refused. Milliseconds. */
const longest = 30_000;

/** One try: a connection, and then an answer. Milliseconds. */
export const connectionTimeout = 3000;
export const answerTimeout = 8000;

/**
 * A deployment that cannot write its journal has to stop where it stands, so it is worth half a minute of trying. The SDK's
 * own waiting counts tries, and what all calls together may retry runs out.
 */
export function patience(clock: () => number): RetryStrategy {
  return {
    acquireInitialRetryToken: async () => token(clock(), 0),
    refreshRetryTokenForRetry: async (before, { errorType, retryAfterHint }) => {
      if (!isToken(before)) throw new Error('a token of somebody else');
      const late = clock() - before.since >= longest;
      if (errorType === 'CLIENT_ERROR' || late) throw new Error('no further retry');
      return token(before.since, before.getRetryCount() + 1, retryAfterHint);
    },
    recordSuccess: () => {},
  };
}

interface Token {
  readonly since: number;
  getRetryCount(): number;
  getRetryDelay(): number;
}

/** Up to two seconds, of which chance takes a half: many who were throttled together come back apart. */
function token(since: number, retry: number, notBefore?: Date): Token {
  const usual = retry === 0 ? 0 : Math.min(2000, 50 * 2 ** retry) * (1 - Math.random() / 2);
  const asked = notBefore === undefined ? 0 : notBefore.getTime() - Date.now();
  const delay = Math.round(Math.min(5000, Math.max(usual, asked)));
  return { since, getRetryCount: () => retry, getRetryDelay: () => delay };
}

function isToken(value: object): value is Token {
  return 'since' in value && typeof value.since === 'number';
}
