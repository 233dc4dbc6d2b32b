import { object } from './object.ts';
import { duration, title } from './scalar.ts';
import { z } from './zod.ts';

export const recovery = z.record(
  title,
  object({
    rto: duration.meta({
      description: 'Recovery time objective: it works again within this time.',
      example: '15m',
    }),
    rpo: duration.optional().meta({
      description: 'Recovery point objective: at most this much work is lost.',
      byDefault: 'not applicable',
      example: '5m',
    }),
  }).meta({ id: 'RecoveryDescription', description: 'The key is a service or a store.' }),
);

export const severities = z.record(
  title,
  object({
    definition: z
      .string()
      .min(1)
      .meta({ description: 'When it applies.', example: 'Service down, data loss risk' }),
    respondWithin: duration.meta({ description: 'Somebody answers within this time.', example: '15m' }),
  }).meta({ id: 'SeverityDescription' }),
);

export const runbooks = z.record(
  title,
  object({
    severity: z
      .string()
      .optional()
      .meta({ description: 'One of `severities`.', byDefault: 'none', example: 'P0' }),
    alarms: z
      .array(z.string())
      .default([])
      .meta({ description: 'Alarms that lead here.', example: ['HighLatency'] }),
    steps: z.record(title, z.string().min(1)).meta({
      description: 'What to do, in this order: commands or sentences.',
      example: { 'Check the logs': 'fairway logs api -e production' },
    }),
  }).meta({ id: 'RunbookDescription' }),
);
