import { NormalizedSchema } from '@smithy/core/schema';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SDKS, SERVICES, sender, serve } from './endpoint.ts';
import type { TestEndpoint } from './endpoint.ts';
import { valuesOf } from './schema-arbitrary.ts';
import type { Style } from './schema-arbitrary.ts';
import { OPERATIONS } from './stub-operations.ts';

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

describe.each(SERVICES)('what the SDK sends to %s arrives, and what is answered comes back', (service) => {
  const { exports, enums, protocol } = SDKS[service];
  let client: ReturnType<typeof sender>;

  beforeAll(() => {
    client = sender(service, endpoint.url);
  });

  afterAll(() => client.destroy());

  /** What answers with a stream of events is told of in event-stream.test.ts. */
  const whole = OPERATIONS[service].filter((name) => name !== 'StartLiveTail');
  test.each(whole)('%s', async (operation) => {
    const schema: unknown = Reflect.get(exports, `${operation}$`);
    if (!Array.isArray(schema)) throw new Error(`the SDK has no schema of ${operation}`);
    const values = (direction: 'input' | 'output', complete: boolean): fc.Arbitrary<unknown> => {
      const style: Style = { protocol, direction, enums, complete };
      return valuesOf(NormalizedSchema.of(schema[direction === 'input' ? 4 : 5]), style);
    };
    const holds = async (input: unknown, output: unknown) => {
      toAnswer = output;
      const answered = await client.send(operation, input);
      expect(received).toEqual({ operation, input });
      expect(answered).toEqual(output);
    };
    await fc.assert(fc.asyncProperty(values('input', false), values('output', false), holds), {
      numRuns: 20,
    });
    await fc.assert(fc.asyncProperty(values('input', true), values('output', true), holds), {
      numRuns: 2,
      endOnFailure: true,
    });
  });
});
