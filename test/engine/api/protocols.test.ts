import type { CreateServiceRequest$ } from '@aws-sdk/client-ecs';
import { JsonCodec2, QueryShapeSerializer, XmlShapeDeserializer } from '@aws-sdk/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonProtocol } from '../../../src/engine/api/protocols/json.ts';
import { queryProtocol } from '../../../src/engine/api/protocols/query.ts';
import { shapeOf } from '../../../src/engine/api/shape.ts';
import type { WireAnswer } from '../../../src/engine/api/request.ts';
import type { SdkSchema } from '../../../src/engine/api/shape.ts';
import { valuesOf } from './schema-arbitrary.ts';

/** All that the protocols speak of, more than the services served today use; the far end is the SDK's own code. */
const [TEXT, NUMBER, BOOLEAN, TIMESTAMP, BLOB, LIST, MAP] = [0, 1, 2, 4, 21, 64, 128];

type StructureSchema = typeof CreateServiceRequest$;

const Inner: StructureSchema = [3, 'test', 'Inner', 0, ['when', 'bytes'], [TIMESTAMP, BLOB]];
const Everything: StructureSchema = [
  3,
  'test',
  'Everything',
  0,
  [
    'Text',
    'Number',
    'Truth',
    'When',
    'Bytes',
    'Times',
    'Blobs',
    'Labels',
    'Inners',
    'Named',
    'Renamed',
    'Self',
  ],
  [
    TEXT,
    NUMBER,
    BOOLEAN,
    TIMESTAMP,
    BLOB,
    LIST | TIMESTAMP,
    LIST | BLOB,
    MAP | TEXT,
    [1, 'test', 'Inners', 0, () => Inner],
    [1, 'test', 'Named', 0, [TEXT, { xmlName: 'item' }]],
    [[2, 'test', 'Renamed', 0, [TEXT, { xmlName: 'K' }], [NUMBER, { xmlName: 'V' }]], { xmlName: 'Other' }],
    () => Everything,
  ],
];

const settings = {
  timestampFormat: { useTrait: true, default: 5 },
  httpBindings: false,
  xmlNamespace: 'urn:test',
  serviceNamespace: 'test',
  serializeEmptyLists: true,
} as const;

/** What the SDK's protocols write and read with. */
const SDK = {
  json: {
    write(input: unknown): Buffer {
      const serializer = json().createSerializer();
      serializer.write(Everything, input);
      return Buffer.from(serializer.flush());
    },
    read: (body: Buffer): unknown => json().createDeserializer().read(Everything, body.toString('utf8')),
  },
  query: {
    write(input: unknown): Buffer {
      const serializer = new QueryShapeSerializer(settings);
      serializer.write(Everything, input);
      return Buffer.from(`Action=Do&Version=1${String(serializer.flush())}`);
    },
    read: (body: Buffer): unknown => new XmlShapeDeserializer(settings).read(Everything, body, 'DoResult'),
  },
};

function json() {
  return new JsonCodec2({ timestampFormat: { useTrait: true, default: 7 }, jsonName: false });
}

describe.each([
  ['json', jsonProtocol('Test')],
  ['query', queryProtocol({ version: '1', namespace: 'urn:test' })],
] as const)('%s', (name, protocol) => {
  const values = (direction: 'input' | 'output') =>
    valuesOf(NormalizedSchema.of(Everything), { protocol: name, direction, enums: {}, complete: false });
  const shape = shapeOf(Everything);

  test('reads every type as the SDK writes it', async () => {
    await fc.assert(
      fc.asyncProperty(values('input'), async (input) => {
        const request = { method: 'POST', target: '/', headers: new Map(), body: SDK[name].write(input) };
        expect(protocol.read(request, shape)).toEqual({ value: input, violations: [] });
      }),
    );
  });

  test('writes every type as the SDK reads it', async () => {
    await fc.assert(
      fc.asyncProperty(values('output'), async (value) => {
        const { body } = protocol.write(
          { operation: 'Do', output: shape, value, requestId: 'id' },
          { headers: new Map() },
        );
        expect(await SDK[name].read(bytesOf(body))).toEqual(value);
      }),
    );
  });
});

test.each<[string, SdkSchema]>([
  [
    'a flattened list',
    [3, 'test', 'Flat', 0, ['a'], [[() => [1, 'test', 'L', 0, TEXT], { xmlFlattened: 1 }]]],
  ],
  [
    'a list that may hold nothing',
    [3, 'test', 'Sparse', 0, ['a'], [() => [1, 'test', 'L', { sparse: 1 }, TEXT]]],
  ],
  ['a time in a format of its own', [3, 'test', 'Time', 0, ['a'], [7]]],
  ['a stream', [3, 'test', 'Stream', 0, ['a'], [42]]],
  ['a number beyond JavaScript’s', [3, 'test', 'Big', 0, ['a'], [17]]],
])('what is not spoken yet is refused outright, not sent wrong: %s', (_what, schema) => {
  expect(() => shapeOf(schema)).toThrow('the wire knows no');
});

function bytesOf(body: WireAnswer['body']): Buffer {
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return Buffer.from(body);
  throw new Error('a stream has no end to be read to');
}
