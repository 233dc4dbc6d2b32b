import { migrationClasses } from '../environment.ts';
import { object } from './object.ts';
import { command, duration } from './scalar.ts';
import { z } from './zod.ts';

const tools = ['sql-files', 'node-pg-migrate', 'prisma', 'alembic', 'django'] as const;

const tool = object({
  tool: z.enum(tools).meta({
    description:
      '`sql-files`: plain .sql files in the order of their names, as golang-migrate, dbmate, Flyway, goose and others have them; those behind the version that `current` prints are pending. `node-pg-migrate`: what `up --dry-run` prints. `prisma`: the files of what `migrate status` names. `alembic`: what `upgrade CURRENT:head --sql` prints. `django`: what `sqlmigrate` prints of all that `migrate --plan` names.',
  }),
  command: command.optional().meta({
    description: 'How the tool is called in the image. Not for `sql-files`.',
    byDefault: '`npx node-pg-migrate`, `npx prisma`, `alembic`, `python manage.py`',
    example: 'poetry run alembic',
  }),
  folder: z.string().min(1).optional().meta({
    description: 'Where the files are in the image. For `sql-files` and `prisma`.',
    byDefault: '`migrations`; with Prisma `prisma/migrations`',
    example: 'database/migrations',
  }),
})
  .superRefine((said, context) => {
    const issue = (key: 'command' | 'folder', message: string) =>
      context.addIssue({ code: 'custom', path: [key], message });
    if (said.command !== undefined && said.tool === 'sql-files')
      issue('command', 'nothing: files are read, and no tool is called');
    if (said.folder !== undefined && said.tool !== 'sql-files' && said.tool !== 'prisma')
      issue('folder', `nothing: ${said.tool} knows where its files are`);
  })
  .meta({
    id: 'MigrationToolDescription',
    description: 'A tool of which it is known how it is asked for the SQL that is pending.',
    example: { tool: 'alembic' },
  });

const ALLOWED = `one of ${migrationClasses.map((name) => `"${name}"`).join(', ')}, or the fingerprint of a statement: twelve hexadecimal digits`;

const allowed = z
  .union([z.enum(migrationClasses), z.string().regex(/^[0-9a-f]{12}$/, ALLOWED)], { error: ALLOWED })
  .meta({ typescript: `${migrationClasses.map((name) => `'${name}'`).join(' | ')} | (string & {})` });

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
  pending: z
    .union([tool, command], {
      error: `a command that prints SQL, or { tool } with one of ${tools.map((name) => `"${name}"`).join(', ')}`,
    })
    .optional()
    .meta({
      description:
        'What prints the SQL that is pending, in the new image, which needs `sh` for it: a tool by name, or a command that prints SQL and nothing else. The SQL is classified before anything is changed: what it would do to those who write meanwhile, and to the revision that still runs. See [migrations](migrations.md).',
      byDefault: 'what is pending is not looked at',
      example: { tool: 'alembic' },
    }),
  allow: z
    .array(allowed)
    .default(['blocks-writers'])
    .meta({
      description:
        'What passes beside what is safe: classes, or single statements by the fingerprint that a refusal shows. What blocks writers passes only with a lock time-out, and is told.',
      byDefault: '`["blocks-writers"]`',
      example: ['blocks-writers', '3f9a1c0d2b47'],
    }),
  lockTimeout: duration.optional().meta({
    description:
      "The migration's session gives up waiting for a lock after this long, rather than have everybody queue behind it. Given as `PGOPTIONS`, which psql, libpq, psycopg and node-postgres read; 0: not given, as behind a pooler that refuses it.",
    byDefault: '5 seconds; 0 with Prisma, which does not read it',
    example: '5s',
  }),
  backUpFirst: z.boolean().default(false).meta({ description: 'The database is backed up before `apply`.' }),
})
  .superRefine((said, context) => {
    if (said.current !== undefined || said.pending === undefined || !('tool' in said.pending)) return;
    if (said.pending.tool === 'sql-files')
      context.addIssue({
        code: 'custom',
        path: ['current'],
        message: 'a command that prints the current version: which files are pending is told by it',
      });
  })
  .meta({
    id: 'MigrationDescription',
    description: "The app's own migration commands, run as one-off tasks of the new image.",
  });
