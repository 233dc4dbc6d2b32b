import type { Found } from '../problems.ts';
import { type EnvironmentRule, list } from './rule.ts';

interface TaskSize {
  readonly least: number;
  readonly most: number;
  readonly step: number;
}

/** AWS Fargate: memory in MiB for each number of CPU units. */
const FARGATE: ReadonlyMap<number, TaskSize> = new Map([
  [256, { least: 512, most: 2048, step: 1024 }],
  [512, { least: 1024, most: 4096, step: 1024 }],
  [1024, { least: 2048, most: 8192, step: 1024 }],
  [2048, { least: 4096, most: 16_384, step: 1024 }],
  [4096, { least: 8192, most: 30_720, step: 1024 }],
  [8192, { least: 16_384, most: 61_440, step: 4096 }],
  [16_384, { least: 32_768, most: 122_880, step: 8192 }],
]);

export const sizes: EnvironmentRule = ({ settings, engine }) => {
  const found: Found[] = [];
  for (const [name, service] of Object.entries(settings.services)) {
    if (service.kind === 'static' || service.kind === 'mobile') continue;
    const at = (...keys: readonly string[]) => ['services', name, ...keys];
    if (engine === 'ecs') found.push(...fargate(service.cpu, service.memory, at));
    if (service.stop !== undefined && service.stop.grace > 120) {
      found.push({
        code: 'too-long',
        path: at('stop', 'grace'),
        what: `A task gets ${service.stop.grace} seconds to stop.`,
        why: 'AWS Fargate gives at most 120.',
        next: "Say '2m' or less.",
      });
    }
    if ('scale' in service && service.scale !== undefined) {
      const { min, max } = service.scale;
      if (min > max) {
        found.push({
          code: 'bounds-crossed',
          path: at('scale', 'min'),
          what: `At least ${min} tasks and at most ${max} cannot both be.`,
          next: 'Swap them, or raise `max`.',
        });
      }
      if (service.kind === 'worker' && service.scale.requestsPerTask !== undefined) {
        found.push({
          code: 'not-reached',
          path: at('scale', 'requestsPerTask'),
          what: 'A worker gets no requests.',
          next: 'Leave it out, or keep `cpu` or `memory` near a target.',
        });
      }
    }
    if (service.kind === 'web') {
      const { interval, timeout } = service.health;
      if (interval !== undefined && timeout !== undefined && timeout > interval) {
        found.push({
          code: 'bounds-crossed',
          path: at('health', 'timeout'),
          what: `A check may take ${timeout} s, and the next comes after ${interval} s.`,
          next: 'Make `timeout` shorter than `interval`.',
        });
      }
    }
  }
  for (const [name, gate] of Object.entries(settings.gates)) {
    if (gate.kind === 'load' && gate.p95 > 60) {
      found.push({
        code: 'too-long',
        path: ['gates', name, 'p95'],
        what: `95% of the answers within ${gate.p95} seconds is no limit.`,
        why: 'A plain number is seconds.',
        next: `Did you mean "${gate.p95}ms"?`,
      });
    }
  }
  return found;
};

function fargate(
  cpu: number,
  memory: number,
  at: (...keys: readonly string[]) => readonly string[],
): readonly Found[] {
  const size = FARGATE.get(cpu);
  if (size === undefined) {
    const sizes = [...FARGATE.keys()];
    const likely = sizes.find((known) => known >= cpu) ?? 16_384;
    return [
      {
        code: 'wrong-size',
        path: at('cpu'),
        what: `AWS Fargate has no tasks of ${cpu} CPU units.`,
        why: `Expected one of ${list(sizes.map(String))}; 1024 is one vCPU.`,
        next: `Say ${likely}.`,
      },
    ];
  }
  const half = cpu === 256 && memory === 512;
  if (half || (memory >= size.least && memory <= size.most && memory % size.step === 0)) return [];
  const nearestMemory = Math.min(size.most, Math.max(size.least, Math.ceil(memory / size.step) * size.step));
  return [
    {
      code: 'wrong-size',
      path: at('memory'),
      what: `AWS Fargate has no tasks of ${cpu} CPU units with ${memory} MiB.`,
      why: `With ${cpu} it takes ${size.least} to ${size.most} MiB in steps of ${size.step}.`,
      next: `Say ${nearestMemory}.`,
    },
  ];
}
