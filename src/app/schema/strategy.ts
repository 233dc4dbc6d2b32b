import { object } from './object.ts';
import { duration, percent } from './scalar.ts';
import { z } from './zod.ts';

const common = {
  scaleUpDeadline: duration.optional().meta({
    description: 'The new revision must stand within this time, or everything is rolled back.',
    byDefault: '1 minute on the embedded engine, 10 minutes on Amazon ECS',
    example: '5m',
  }),
};

const shifting = {
  ...common,
  bake: duration.optional().meta({
    description: 'Once the new revision has all traffic, the old one stays warm for this long.',
    byDefault: '5 seconds on the embedded engine, 5 minutes on Amazon ECS',
    example: '10m',
  }),
  pauseTimeoutMinutes: z.int().min(1).max(20_160).optional().meta({
    description: 'The engine rolls back by itself if nobody acts at a pause for this long. Whole minutes.',
    byDefault: '5 on the embedded engine, 60 on Amazon ECS',
    example: 30,
  }),
};

export const strategy = z
  .discriminatedUnion('kind', [
    object({ kind: z.literal('rolling'), ...common }).meta({
      id: 'RollingStrategy',
      description: 'Tasks are replaced a few at a time.',
    }),
    object({ kind: z.literal('blue-green'), ...shifting }).meta({
      id: 'BlueGreenStrategy',
      description: 'The new revision comes up beside the old one, is checked, then gets all traffic.',
    }),
    object({
      kind: z.literal('canary'),
      ...shifting,
      percent: percent.optional().meta({
        description: 'How much traffic the new revision gets first.',
        byDefault: '`"10%"`',
        example: '5%',
      }),
      watch: duration.optional().meta({
        description: 'How long it is watched with that little.',
        byDefault: '5 minutes',
        example: '10m',
      }),
    }).meta({
      id: 'CanaryStrategy',
      description: 'Like blue-green, with a small part of the traffic first.',
    }),
    object({
      kind: z.literal('linear'),
      ...shifting,
      step: percent.optional().meta({
        description: 'How much more traffic the new revision gets at each step.',
        byDefault: '`"10%"`',
        example: '20%',
      }),
      every: duration
        .optional()
        .meta({ description: 'Time between steps.', byDefault: '1 minute', example: '2m' }),
    }).meta({
      id: 'LinearStrategy',
      description: 'Like blue-green, with the traffic shifted in equal steps.',
    }),
  ])
  .meta({ id: 'StrategyDescription', example: { kind: 'blue-green', bake: '5m' } });

export const scale = object({
  min: z.int().min(0).meta({ description: 'Never fewer tasks.', example: 2 }),
  max: z.int().min(1).meta({ description: 'Never more tasks.', example: 10 }),
  cpu: percent.optional().meta({
    description: 'Keep average CPU use near this.',
    byDefault: '`"70%"` where nothing else is tracked',
    example: '70%',
  }),
  memory: percent
    .optional()
    .meta({ description: 'Keep average memory use near this.', byDefault: 'not tracked', example: '75%' }),
  requestsPerTask: z.int().min(1).optional().meta({
    description: 'Keep requests per task and minute near this.',
    byDefault: 'not tracked',
    example: 1000,
  }),
}).meta({ id: 'ScaleDescription', description: 'Target tracking between two bounds.' });
