import {
  CloudWatchLogsClient,
  SessionTimeoutException,
  StartLiveTailCommand,
  StartLiveTailResponseStream$,
} from '@aws-sdk/client-cloudwatch-logs';
import type { StartLiveTailResponseStream } from '@aws-sdk/client-cloudwatch-logs';
import { NormalizedSchema } from '@smithy/core/schema';
import * as fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { ApiError } from '../../../src/engine/api/operations.ts';
import { eventually } from '../tasks/rig.ts';
import { clientSettings, serveForTest } from './endpoint.ts';
import type { TestEndpoint } from './endpoint.ts';
import { valuesOf } from './schema-arbitrary.ts';
import type { Style } from './schema-arbitrary.ts';

function clientOf({ url }: TestEndpoint): CloudWatchLogsClient {
  // The name is called as it was given, and not with `stream-` before it.
  const client = new CloudWatchLogsClient({ ...clientSettings(url), disableHostPrefix: true });
  onTestFinished(() => client.destroy());
  return client;
}

async function startTail(
  endpoint: TestEndpoint,
  client = clientOf(endpoint),
): Promise<AsyncIterator<StartLiveTailResponseStream>> {
  const logGroupIdentifiers = ['arn:aws:logs:eu-central-1:123456789012:log-group:app'];
  const { responseStream } = await client.send(new StartLiveTailCommand({ logGroupIdentifiers }));
  if (responseStream === undefined) throw new Error('no stream came');
  return responseStream[Symbol.asyncIterator]();
}

const style: Style = { protocol: 'json', direction: 'output', enums: {}, complete: false };
const kinds = new Map(NormalizedSchema.of(StartLiveTailResponseStream$).structIterator());
const events = fc.constantFrom('sessionStart', 'sessionUpdate').chain((kind) =>
  valuesOf(kinds.get(kind) ?? NormalizedSchema.of(StartLiveTailResponseStream$), style).map((value) => ({
    [kind]: value,
  })),
);

test('every event arrives as it was sent, in order', async () => {
  let toSend: readonly unknown[] = [];
  const endpoint = await serveForTest(async () => ({
    responseStream: (async function* () {
      yield* toSend;
    })(),
  }));
  await fc.assert(
    fc.asyncProperty(fc.array(events, { maxLength: 5 }), async (sent) => {
      toSend = sent;
      const stream = await startTail(endpoint);
      const received: unknown[] = [];
      for (let next = await stream.next(); next.done !== true; next = await stream.next())
        received.push(next.value);
      expect(received).toEqual(sent);
    }),
    { numRuns: 50 },
  );
});

test('what is refused amid a stream is its last event, as the exception that it is', async () => {
  const endpoint = await serveForTest(async () => ({
    responseStream: (async function* () {
      yield { sessionUpdate: {} };
      throw new ApiError('SessionTimeoutException', 'too long');
    })(),
  }));
  const stream = await startTail(endpoint);
  expect(await stream.next()).toEqual({ done: false, value: { sessionUpdate: {} } });
  const refusal: unknown = await stream.next().catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(SessionTimeoutException);
  expect(refusal).toMatchObject({ message: 'too long' });
  expect(endpoint.internalErrors).toEqual([]);
});

test('a fault amid a stream cuts it off, and is heard of', async () => {
  const fault = new TypeError('undefined is not a function');
  const endpoint = await serveForTest(async () => ({
    responseStream: (async function* () {
      yield { sessionUpdate: {} };
      throw fault;
    })(),
  }));
  const readAll = async () => {
    const stream = await startTail(endpoint);
    for (let next = await stream.next(); next.done !== true; next = await stream.next());
  };
  await expect(readAll()).rejects.toThrow();
  expect(endpoint.internalErrors).toMatchObject([{ error: fault }]);
});

/** A stream that goes on until it is left. */
async function endless(): Promise<TestEndpoint & { readonly isLeft: () => boolean }> {
  let left = false;
  const endpoint = await serveForTest(async () => ({
    responseStream: (async function* () {
      try {
        for (;;) {
          yield { sessionUpdate: {} };
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      } finally {
        left = true;
      }
    })(),
  }));
  return { ...endpoint, isLeft: () => left };
}

test('a client that leaves ends the stream where it is made', async () => {
  const endpoint = await endless();
  const client = clientOf(endpoint);
  const stream = await startTail(endpoint, client);
  await stream.next();
  expect(endpoint.isLeft()).toBe(false);
  client.destroy();
  await eventually(async () => (endpoint.isLeft() ? true : null), 'the end of the stream');
  expect(endpoint.internalErrors).toEqual([]);
});

test('closing does not wait for a stream that has no end', async () => {
  const endpoint = await endless();
  const stream = await startTail(endpoint);
  await stream.next();
  await endpoint.api.close();
  await eventually(async () => (endpoint.isLeft() ? true : null), 'the end of the stream');
  const rest = (async () => {
    for (let next = await stream.next(); next.done !== true; next = await stream.next());
  })();
  await rest.catch(() => {});
});
