import { object } from './object.ts';
import { command, duration } from './scalar.ts';
import { z } from './zod.ts';

export const migration = object({
  service: z.string().meta({
    typescript: 'NoInfer<Services>',
    description: 'Whose new image the commands run in.',
    example: 'api',
  }),
  apply: command.meta({ description: 'Applies what is pending.', example: 'alembic upgrade head' }),
  current: command.optional().meta({
    description:
      'Prints the current version; compared before and after, so that a failure is told truthfully.',
    byDefault: 'not compared',
    example: 'alembic current',
  }),
  undo: command.optional().meta({
    description: 'Undoes one migration; run after a failed `apply` that got part of the way.',
    byDefault: 'nothing is undone',
    example: 'alembic downgrade -1',
  }),
  history: command
    .optional()
    .meta({ description: 'Lists all migrations.', byDefault: 'none', example: 'alembic history' }),
  create: command.optional().meta({
    description: 'Makes a new, empty migration.',
    byDefault: 'none',
    example: 'alembic revision --autogenerate',
  }),
  timeout: duration
    .default(600)
    .meta({ description: 'Given up after this long.', byDefault: '10 minutes', example: '10m' }),
  backUpFirst: z.boolean().default(false).meta({ description: 'The database is backed up before `apply`.' }),
}).meta({
  id: 'MigrationDescription',
  description: "The app's own migration commands, run as one-off tasks of the new image.",
});
