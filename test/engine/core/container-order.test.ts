import type { ContainerCondition, ContainerDefinition } from '@aws-sdk/client-ecs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { circularDependency } from '../../../src/engine/ecs/circular-dependency.ts';
import type { ContainerRow } from '../../../src/engine/model/ecs.ts';
import { judged, unknownHealth } from '../../../src/engine/scheduler/container-health.ts';
import type { HealthCheck } from '../../../src/engine/scheduler/container-health.ts';
import { nextStart, nextStops } from '../../../src/engine/scheduler/dependencies.ts';

const row = (name: string, change: Partial<ContainerRow> = {}): ContainerRow => ({
  arn: name,
  name,
  runtimeId: name,
  image: 'app',
  imageDigest: null,
  essential: true,
  lastStatus: 'PENDING',
  exitCode: null,
  reason: null,
  pid: null,
  ports: [],
  logStream: null,
  ...change,
});

const never = () => false;

describe('a container that depends on another', () => {
  const definitions = (condition: ContainerCondition): ContainerDefinition[] => [
    { name: 'app', dependsOn: [{ containerName: 'other', condition }] },
    { name: 'other' },
  ];
  const running = { lastStatus: 'RUNNING' } as const;
  const ended = (exitCode: number | null) => ({ lastStatus: 'STOPPED', exitCode }) as const;

  it.each([
    ['START', running, 'start'],
    ['START', ended(1), 'start'],
    ['COMPLETE', running, 'wait'],
    ['COMPLETE', ended(1), 'start'],
    ['COMPLETE', ended(null), 'impossible'],
    ['SUCCESS', running, 'wait'],
    ['SUCCESS', ended(0), 'start'],
    ['SUCCESS', ended(1), 'impossible'],
    ['HEALTHY', running, 'wait'],
    ['HEALTHY', { ...running, healthStatus: 'UNHEALTHY' }, 'wait'],
    ['HEALTHY', { ...running, healthStatus: 'HEALTHY' }, 'start'],
    ['HEALTHY', ended(0), 'impossible'],
  ] as const)('for %s of one that is %o: %s', (condition, other, kind) => {
    expect(nextStart([row('app'), row('other', other)], definitions(condition), never).kind).toBe(kind);
  });

  it('waits for one that has not been started, which is started first', () => {
    const next = nextStart([row('app'), row('other')], definitions('START'), never);
    expect(next).toMatchObject({ kind: 'start', container: { name: 'other' } });
  });

  it('gives up on one that takes too long', () => {
    const late = nextStart([row('app'), row('other', running)], definitions('COMPLETE'), () => true);
    expect(late).toMatchObject({ kind: 'impossible', container: { name: 'app' } });
    const met = nextStart([row('app'), row('other', running)], definitions('START'), () => true);
    expect(met.kind).toBe('start');
  });
});

/** Containers of which each depends on some that come before it in a shuffled order. */
const graph = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 10 }))
  .chain(([count, pairs]) =>
    fc
      .shuffledSubarray(
        Array.from({ length: count }, (_, index) => index),
        { minLength: count, maxLength: count },
      )
      .map((order) =>
        order.map((id): ContainerDefinition => ({
          name: `c${id}`,
          dependsOn: pairs
            .filter(([from, to]) => from === id && to < from && to < count)
            .map(([, to]) => ({ containerName: `c${to}`, condition: 'START' as const })),
        })),
      ),
  );

describe('any containers without a circle', () => {
  it('all start, each after what it depends on, and stop the other way round', () => {
    fc.assert(
      fc.property(graph, (definitions) => {
        expect(circularDependency(definitions)).toBeNull();
        let rows = definitions.map(({ name = '' }) => row(name));
        const needs = (name: string) =>
          definitions.find((definition) => definition.name === name)?.dependsOn ?? [];
        const statusOf = (name: string | undefined) => rows.find((each) => each.name === name)?.lastStatus;
        const set = (name: string, change: Partial<ContainerRow>) => {
          rows = rows.map((each) => (each.name === name ? { ...each, ...change } : each));
        };
        for (let started = 0; started < definitions.length; started += 1) {
          const next = nextStart(rows, definitions, never);
          if (next.kind !== 'start') throw new Error(`it is stuck: ${next.kind}`);
          for (const { containerName } of needs(next.container.name))
            expect(statusOf(containerName)).toBe('RUNNING');
          set(next.container.name, { lastStatus: 'RUNNING' });
        }
        for (let stopped = 0; stopped < definitions.length;) {
          const wave = nextStops(rows, definitions);
          expect(wave.length).toBeGreaterThan(0);
          for (const { name } of wave) {
            const dependents = definitions.filter(({ name: other = '' }) =>
              needs(other).some(({ containerName }) => containerName === name),
            );
            for (const dependent of dependents) expect(statusOf(dependent.name)).toBe('STOPPED');
          }
          for (const { name } of wave) set(name, { lastStatus: 'STOPPED', exitCode: 0 });
          stopped += wave.length;
        }
      }),
    );
  });

  it('and those with one are named', () => {
    const one = { name: 'a', dependsOn: [{ containerName: 'b', condition: 'START' as const }] };
    const other = { name: 'b', dependsOn: [{ containerName: 'a', condition: 'START' as const }] };
    expect(circularDependency([one, other, { name: 'c' }])).toEqual(['a', 'b']);
  });
});

describe('the health of a container', () => {
  const check: HealthCheck = {
    argv: ['true'],
    intervalMs: 1000,
    timeoutMs: 100,
    retries: 3,
    startPeriodMs: 0,
  };
  const after = (results: readonly (readonly [number, boolean])[], change: Partial<HealthCheck> = {}) =>
    results.reduce(
      (memory, [at, passed]) => judged(memory, { ...check, ...change }, passed, 0, at),
      unknownHealth(0),
    ).status;

  it('is good at the first success, and bad after so many failures an interval apart', () => {
    expect(after([[50, true]])).toBe('HEALTHY');
    expect(
      after([
        [1000, false],
        [2000, false],
      ]),
    ).toBe('UNKNOWN');
    expect(
      after([
        [1000, false],
        [2000, false],
        [3000, false],
      ]),
    ).toBe('UNHEALTHY');
    expect(
      after([
        [1000, false],
        [2000, false],
        [2500, true],
        [3500, false],
        [4500, false],
      ]),
    ).toBe('HEALTHY');
  });

  it('is not counted against it more than once an interval, however often it is asked', () => {
    expect(
      after([
        [100, false],
        [200, false],
        [300, false],
        [400, false],
        [999, false],
      ]),
    ).toBe('UNKNOWN');
  });

  it('has a start period in which no failure counts, which a success ends', () => {
    const failing = [
      [1000, false],
      [2000, false],
      [3000, false],
    ] as const;
    expect(after(failing, { startPeriodMs: 5000 })).toBe('UNKNOWN');
    expect(
      after([[500, true], ...failing.map(([at]) => [at + 500, false] as const)], { startPeriodMs: 9000 }),
    ).toBe('UNHEALTHY');
  });
});
