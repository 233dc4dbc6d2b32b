import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PendingSource } from '../../src/app/environment.ts';
import { pendingTool, type PendingSql } from '../../src/migration/pending.ts';

interface Printed {
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly lines: readonly string[];
}

/** What an image of these files prints; those below `bin/` are its programs. */
function print(source: PendingSource, files: Readonly<Record<string, string>>): Printed {
  const folder = mkdtempSync(join(tmpdir(), 'pending-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
    if (path.startsWith('bin/')) chmodSync(join(folder, path), 0o755);
  }
  const { script, words } = pendingTool(source);
  const env = { PATH: `${join(folder, 'bin')}:/usr/bin:/bin` };
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script, 'sh', ...words], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  return { exitCode: status, stderr, lines: stdout.split('\n') };
}

function read(
  source: PendingSource,
  files: Readonly<Record<string, string>>,
  current: string | null,
): PendingSql {
  const printed = print(source, files);
  expect(printed).toMatchObject({ exitCode: 0 });
  return pendingTool(source).read(printed.lines, current);
}

const namesOf = ({ pending, applied }: PendingSql) => ({
  pending: pending.map(({ name }) => name),
  applied: applied.map(({ name }) => name),
});

describe('plain SQL files', () => {
  const source = { tool: 'sql-files', folder: 'migrations' } as const;
  const files = {
    'migrations/9_last.up.sql': 'SELECT 9;',
    'migrations/10_more.up.sql': 'SELECT 10;',
    'migrations/2_first.up.sql': 'SELECT 2;',
    'migrations/2_first.down.sql': 'DROP TABLE a;',
  };

  it.each([
    ['none', ['2_first.up.sql', '9_last.up.sql', '10_more.up.sql']],
    ['2', ['9_last.up.sql', '10_more.up.sql']],
    ['9_last', ['10_more.up.sql']],
    ['10_more', []],
  ])('behind %s are pending, in the order of their numbers', (current, pending) => {
    expect(namesOf(read(source, files, current)).pending).toEqual(pending);
  });

  it.each([
    ['V2__flyway.sql', '2'],
    ['20261121103000_dbmate.sql', '20261121103000'],
    ['000002_golang.up.sql', '2'],
    ['0002/migration.sql', '0002'],
  ])('of other tools are told apart by their versions: %s', (name, current) => {
    expect(namesOf(read(source, { [`migrations/${name}`]: '' }, current))).toEqual({
      pending: [],
      applied: [name],
    });
  });

  it('whose version is not among them are refused, and not taken for none', () => {
    expect(() => read(source, files, '11_tomorrow')).toThrow('the schema is at 11_tomorrow');
  });

  it.each(['-- migrate:down', '-- +goose Down', '-- +migrate Down'])(
    'are read up to where they take it back: %s',
    (mark) => {
      const sql = `-- migrate:up\nCREATE TABLE a (id int);\n${mark}\nDROP TABLE a;\n`;
      const { pending } = read(source, { 'migrations/1_a.sql': sql }, 'none');
      expect(pending.map((script) => script.sql.trim())).toEqual(['-- migrate:up\nCREATE TABLE a (id int);']);
    },
  );

  it('that are not there are said to be missing', () => {
    expect(print(source, {})).toMatchObject({
      exitCode: 1,
      stderr: 'there is no folder migrations in the image\n',
    });
  });
});

describe('a command', () => {
  it('is taken at its word', () => {
    const source = { tool: 'command', command: ['echo', 'SELECT 1;'] } as const;
    expect(read(source, {}, null).pending[0]?.sql.trim()).toBe('SELECT 1;');
  });
});

describe('Alembic', () => {
  const source = { tool: 'alembic', command: ['alembic'] } as const;
  const alembic = (current: string) =>
    `#!/bin/sh\necho 'INFO  [alembic.runtime.migration] Context impl PostgresqlImpl.' >&2\nif [ "$1" = current ]; then printf '${current}'; else echo "-- $*"; fi\n`;

  it.each([
    ['ae1027a6acf (head)\\n', '-- upgrade ae1027a6acf:head --sql'],
    ['', '-- upgrade head --sql'],
  ])('is asked for what is between here and the head: %j', (current, asked) => {
    expect(read(source, { 'bin/alembic': alembic(current) }, null).pending[0]?.sql.trim()).toBe(asked);
  });

  it('at several heads is refused', () => {
    const printed = print(source, { 'bin/alembic': alembic('a1 (head)\\nb2 (head)\\n') });
    expect(printed).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('several heads') });
  });
});

describe('Django', () => {
  const manage = `#!/bin/sh
if [ "$1" = migrate ]; then
  echo 'Planned operations:'; echo 'shop.0002_slug'; echo '    Add field slug to item'; echo '    Raw Python operation'
else
  echo 'BEGIN;'; echo "-- $2 $3"; echo 'ALTER TABLE "shop_item" ADD COLUMN "slug" text NULL;'
  echo '--'; echo '-- Raw Python operation'; echo '--'; echo '-- THIS OPERATION CANNOT BE WRITTEN AS SQL'; echo 'COMMIT;'
fi
`;

  it('tells each migration that is planned, and what of it is Python', () => {
    const { pending } = read({ tool: 'django', command: ['manage'] }, { 'bin/manage': manage }, null);
    expect(pending).toMatchObject([
      {
        name: 'shop.0002_slug',
        sql: expect.stringContaining('-- shop 0002_slug\nALTER TABLE "shop_item"'),
        unreadable: [{ line: 7, harmless: false }],
      },
    ]);
  });

  it('with nothing planned has nothing pending', () => {
    const nothing = `#!/bin/sh\necho 'Planned operations:'; echo '  No planned migration operations.'\n`;
    expect(read({ tool: 'django', command: ['manage'] }, { 'bin/manage': nothing }, null).pending).toEqual(
      [],
    );
  });
});

describe('Prisma', () => {
  const source = { tool: 'prisma', command: ['prisma'], folder: 'prisma/migrations' } as const;
  const files = (status: string) => ({
    'bin/prisma': `#!/bin/sh\nprintf '${status}'\nexit 1\n`,
    'prisma/migrations/1_init/migration.sql': 'CREATE TABLE a (id int);',
    'prisma/migrations/2_more/migration.sql': 'ALTER TABLE a ADD b int;',
  });

  it('names what is pending, and the files say what it is', () => {
    const status =
      '\\n2 migrations found in prisma/migrations\\nFollowing migration have not yet been applied:\\n2_more\\n\\nTo apply migrations in production run prisma migrate deploy.\\n';
    expect(namesOf(read(source, files(status), null))).toEqual({
      pending: ['2_more/migration.sql'],
      applied: ['1_init/migration.sql'],
    });
  });

  it('that is up to date has nothing pending', () => {
    expect(namesOf(read(source, files('\\nDatabase schema is up to date!\\n'), null)).pending).toEqual([]);
  });

  it('whose status is anything else is refused, with what it said', () => {
    expect(() => read(source, files('Error: P1001: Can not reach the database server\\n'), null)).toThrow(
      'does not say which migrations are pending',
    );
  });
});

describe('node-pg-migrate', () => {
  const output = `#!/bin/sh
cat <<'END'
> Migrating files:
> - 1700000000000_more
### MIGRATION 1700000000000_more (UP) ###
ALTER TABLE "a" ADD "b" integer;
INSERT INTO "public"."pgmigrations" (name, run_on) VALUES ('1700000000000_more', NOW());


Migrations complete!
END
`;

  it('prints the SQL among what it tells', () => {
    const { pending } = read(
      { tool: 'node-pg-migrate', command: ['node-pg-migrate'] },
      { 'bin/node-pg-migrate': output },
      null,
    );
    const told = pending
      .flatMap(({ sql }) => sql.split('\n'))
      .filter((line) => line !== '' && !line.startsWith('--'));
    expect(told).toEqual([
      'ALTER TABLE "a" ADD "b" integer;',
      `INSERT INTO "public"."pgmigrations" (name, run_on) VALUES ('1700000000000_more', NOW());`,
    ]);
  });
});
