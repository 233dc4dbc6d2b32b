import * as CloudWatchSdk from '@aws-sdk/client-cloudwatch';
import { AwsQueryProtocol, AwsSmithyRpcV2CborProtocol } from '@aws-sdk/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeCbor } from '../../../src/engine/api/protocols/cbor.ts';
import { rpcV2CborProtocol } from '../../../src/engine/api/protocols/rpc-v2-cbor.ts';
import { cloudwatchEnums } from '../../../src/engine/api/services/cloudwatch-enums.ts';
import type { WireAnswer } from '../../../src/engine/api/request.ts';
import { shapeOf } from '../../../src/engine/api/shape.ts';
import { clientSettings, serve } from '../api/endpoint.ts';
import type { TestEndpoint } from '../api/endpoint.ts';
import { valuesOf } from '../api/schema-arbitrary.ts';
import type { Style } from '../api/schema-arbitrary.ts';
import { OPERATIONS } from '../api/stub-operations.ts';

let endpoint: TestEndpoint;
let received: { operation: string; input: unknown } | undefined;
let toAnswer: unknown;

beforeAll(async () => {
  endpoint = await serve(async (operation, input) => {
    received = { operation, input };
    return toAnswer;
  });
});

afterAll(() => endpoint.api.close());

describe.each([
  ['CBOR', AwsSmithyRpcV2CborProtocol, 'json'],
  ['Query', AwsQueryProtocol, 'query'],
] as const)(
  'what the SDK sends over %s arrives, and what is answered comes back',
  (_name, protocol, style) => {
    test.each(OPERATIONS.monitoring)('%s', async (operation) => {
      const client = new CloudWatchSdk.CloudWatchClient({ ...clientSettings(endpoint.url), protocol });
      const Command: unknown = Reflect.get(CloudWatchSdk, `${operation}Command`);
      const schema: unknown = Reflect.get(CloudWatchSdk, `${operation}$`);
      if (!Array.isArray(schema) || typeof Command !== 'function') throw new Error(`no ${operation}`);
      const send: unknown = Reflect.get(client, 'send');
      if (typeof send !== 'function') throw new Error('the SDK client cannot send');
      const values = (direction: 'input' | 'output'): fc.Arbitrary<unknown> => {
        const how: Style = { protocol: style, direction, enums: cloudwatchEnums, complete: false };
        return valuesOf(NormalizedSchema.of(schema[direction === 'input' ? 4 : 5]), how);
      };
      await fc.assert(
        fc.asyncProperty(values('input').map(expressible), values('output'), async (input, output) => {
          toAnswer = output;
          const sent: unknown = await Reflect.apply(send, client, [Reflect.construct(Command, [input])]);
          const { $metadata: _, ...answered } = { $metadata: undefined, ...Object(sent) };
          expect(received).toEqual({ operation, input });
          expect(answered).toEqual(output);
        }),
        { numRuns: 15 },
      );
      client.destroy();
    });
  },
);

/** Query cannot tell a window without settings from none. */
function expressible(input: unknown): unknown {
  const { EvaluationWindow: _, ...rest } = Object(input);
  return rest;
}

test.each([
  ['1903e7', 999],
  ['3863', -100],
  ['fb3ff199999999999a', 1.1],
  ['fa47c35000', 100_000],
  ['f93c00', 1],
  ['f90001', 5.960464477539063e-8],
  ['f9fc00', -Infinity],
  ['7f657374726561646d696e67ff', 'streaming'],
  ['9f018202039f0405ffff', [1, [2, 3], [4, 5]]],
  [
    'bf61610161629f0203ffff',
    new Map<string, unknown>([
      ['a', 1],
      ['b', [2, 3]],
    ]),
  ],
  ['5f42010243030405ff', Uint8Array.of(1, 2, 3, 4, 5)],
])('CBOR %s is read as the RFC reads it', (hex, value) => {
  expect(decodeCbor(Buffer.from(hex, 'hex'))).toEqual(value);
});

test.each(['', '18', '61', '9f01', 'a101', 'a1016161', '1c', 'ff', '0000', '5f6161ff', '9bffffffffffffffff'])(
  'CBOR %s is refused',
  (hex) => {
    expect(() => decodeCbor(Buffer.from(hex, 'hex'))).toThrow(RangeError);
  },
);

test('CBOR that nests without end is refused', () => {
  expect(() => decodeCbor(Buffer.alloc(100_000, 0x81))).toThrow(RangeError);
});

test('only what is a whole number by type is sent as one: some clients take it for another type', () => {
  const protocol = rpcV2CborProtocol({ service: 'S', namespace: 'n', integers: new Set(['Period']) });
  const { body } = protocol.write(
    {
      operation: 'GetMetricData',
      output: shapeOf(CloudWatchSdk.MetricStat$),
      value: { Period: 3 },
      requestId: 'id',
    },
    { headers: new Map() },
  );
  expect(bytesOf(body).toString('hex')).toBe(`a166${Buffer.from('Period').toString('hex')}03`);
  const values = protocol.write(
    {
      operation: 'GetMetricData',
      output: shapeOf(CloudWatchSdk.StatisticSet$),
      value: { Sum: 3 },
      requestId: 'id',
    },
    { headers: new Map() },
  );
  expect(bytesOf(values.body).toString('hex')).toBe(
    `a163${Buffer.from('Sum').toString('hex')}fb4008000000000000`,
  );
});

function bytesOf(body: WireAnswer['body']): Buffer {
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return Buffer.from(body);
  throw new Error('a stream has no end to be read to');
}
