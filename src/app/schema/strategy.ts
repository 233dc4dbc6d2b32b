import { object } from './object.ts';
import { duration, percent, urlPath } from './scalar.ts';
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

const comparison = object({
  errorRate: percent.optional().meta({
    description: 'The new revision may fail so much more of its requests than the old one.',
    byDefault: '`"1%"`',
    example: '0.5%',
  }),
  slower: percent.optional().meta({
    description: "Its p95 may be so much above the old one's; less than 50 ms is never held against it.",
    byDefault: '`"50%"`',
    example: '20%',
  }),
  requests: z.int().min(1).max(1_000_000).optional().meta({
    description:
      'It must have answered so many: fewer prove nothing, and without proof it is not given more.',
    byDefault: '50',
    example: 200,
  }),
  path: urlPath.optional().meta({
    description: 'Asked by Fairway itself, through the balancer as users do, where these ask too little.',
    byDefault: 'the path of the first health gate; without one nobody helps',
    example: '/api/interactions',
  }),
}).meta({
  id: 'ComparisonDescription',
  description: 'How much worse the new revision may be than the old one.',
});

const compare = {
  compare: comparison.optional().meta({
    description: 'What is compared between old and new while both have users, before each step.',
    byDefault: 'its defaults',
    example: { errorRate: '0.5%', requests: 200 },
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
        description: 'How long it is watched, and compared with the old one, with that little.',
        byDefault: '10 seconds on the embedded engine, 5 minutes on Amazon ECS',
        example: '10m',
      }),
      ...compare,
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
      every: duration.optional().meta({
        description: 'Time between steps, in which the new one is compared with the old one.',
        byDefault: '5 seconds on the embedded engine, 1 minute on Amazon ECS',
        example: '2m',
      }),
      ...compare,
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
}).meta({
  id: 'ScaleDescription',
  description:
    'Target tracking between two bounds: the engine sets how many tasks run, so that each metric stays near its target. A deployment leaves that count alone.',
});
