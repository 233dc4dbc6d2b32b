import { ECSClient, ListClustersCommand } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { awsCode, isPassing } from '../../src/ecs/failure.ts';

interface Like {
  readonly name?: string;
  readonly code?: string;
  readonly status?: number;
  readonly retryable?: boolean;
}

/** As the SDK throws them: `$metadata` where an answer came. */
function failure({ name = 'Error', code, status, retryable }: Like): Error {
  return Object.assign(new Error('it failed'), {
    name,
    ...(code === undefined ? {} : { code }),
    ...(status === undefined ? {} : { $metadata: { httpStatusCode: status } }),
    ...(retryable === undefined ? {} : { $retryable: {} }),
  });
}

describe('a failure', () => {
  it.each<Like>([
    { code: 'ECONNREFUSED' },
    { code: 'ECONNRESET' },
    { code: 'ECONNABORTED' },
    { code: 'EPIPE' },
    { code: 'ETIMEDOUT' },
    { code: 'EHOSTUNREACH' },
    { code: 'ENETUNREACH' },
    { code: 'ENOTFOUND' },
    { code: 'EAI_AGAIN' },
    { name: 'TimeoutError' },
    { name: 'ServerException', status: 500 },
    { name: 'ThrottlingException', status: 400 },
    { name: 'Throttling', status: 400 },
    { name: 'RequestLimitExceeded', status: 400 },
    { name: 'TooManyRequestsException', status: 429 },
    { name: 'InternalFailure', status: 500 },
    { name: 'ServiceUnavailable', status: 503 },
    { name: 'UnknownError', status: 502 },
    { name: 'AnythingException', status: 400, retryable: true },
  ])('that says "not now" passes: $name $code $status', (like) => {
    expect(isPassing(failure(like))).toBe(true);
  });

  it.each<Like>([
    { name: 'InvalidParameterException', status: 400 },
    { name: 'AccessDeniedException', status: 400 },
    { name: 'ServiceNotFoundException', status: 400 },
    { name: 'UnrecognizedClientException', status: 400 },
    { name: 'CredentialsProviderError' },
    { name: 'TypeError' },
    { code: 'ENOENT' },
    {},
  ])('that says "no" does not: $name $code $status', (like) => {
    expect(isPassing(failure(like))).toBe(false);
  });

  it('that is no error does not pass', () => {
    for (const thrown of ['ECONNREFUSED', null, undefined, { code: 'ECONNREFUSED' }])
      expect(isPassing(thrown)).toBe(false);
  });

  it("has AWS's own name only when AWS answered", () => {
    expect(awsCode(failure({ name: 'ServiceNotFoundException', status: 400 }))).toBe(
      'ServiceNotFoundException',
    );
    expect(awsCode(failure({ name: 'TimeoutError' }))).toBeNull();
    expect(awsCode('ServiceNotFoundException')).toBeNull();
  });

  it('to connect, however often it was tried, is no answer', async () => {
    const nowhere = { region: 'us-east-1', endpoint: 'http://127.0.0.1:1', maxAttempts: 2 };
    const ecs = new ECSClient({ ...nowhere, credentials: { accessKeyId: 'a', secretAccessKey: 's' } });
    const error: unknown = await ecs.send(new ListClustersCommand({})).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ECONNREFUSED', $metadata: { attempts: 2 } });
    expect(awsCode(error)).toBeNull();
    expect(isPassing(error)).toBe(true);
  });
});
