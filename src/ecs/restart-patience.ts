import type { ECSClientConfig } from '@aws-sdk/client-ecs';

type RetryStrategy = Extract<
  NonNullable<ECSClientConfig['retryStrategy']>,
  { readonly acquireInitialRetryToken: unknown }
>;

/**
 * Waits for an engine that was killed until it is started again, which may take seconds where the processors are busy: ten
 * seconds, asking once a second at least. The SDK's own waiting is made for a service that many share: how long is left to
 * chance, and what all requests together may retry runs out.
 */
export const restartPatience: RetryStrategy = {
  acquireInitialRetryToken: async () => token(0),
  refreshRetryTokenForRetry: async (before, { errorType }) => {
    const retry = before.getRetryCount() + 1;
    const passing = errorType === 'TRANSIENT' || errorType === 'THROTTLING';
    if (!passing || retry > mostRetries) throw new Error('no further retry');
    return token(retry);
  },
  recordSuccess: () => {},
};

const mostRetries = 13;

function token(retry: number) {
  const milliseconds = retry === 0 ? 0 : Math.min(1_000, 50 * 2 ** retry);
  return { getRetryCount: () => retry, getRetryDelay: () => milliseconds };
}
