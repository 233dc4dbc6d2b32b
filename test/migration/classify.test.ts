import { describe, expect, it } from 'vitest';
import type { ClassifiedStatement } from '../../src/migration/classification.ts';
import { classify } from '../../src/migration/classify.ts';
import { loadParser } from '../../src/migration/parser.ts';
import { rule } from '../../src/migration/policy.ts';
import type { Script } from '../../src/migration/script.ts';
import { Refusal } from '../../src/refusal.ts';

const parser = await loadParser();
const usual = { lockTimeout: true, oneTransaction: false };

function classified(sql: string, name: string | null = null): readonly ClassifiedStatement[] {
  return classify(parser, [{ name, sql }], usual);
}

describe('a statement', () => {
  it('is told with its file and line, its locks, every reason and a way without', () => {
    expect(classified('-- why\n\nCREATE INDEX i ON orders (note);', '7_index.sql')).toEqual([
      {
        script: '7_index.sql',
        line: 3,
        waits: 'limited',
        shown: 'CREATE INDEX i ON orders (note)',
        fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/),
        class: 'blocks-writers',
        reasons: [
          {
            class: 'blocks-writers',
            why: 'writers of orders wait while it builds the index under its SHARE lock',
            instead: '`CREATE INDEX CONCURRENTLY`, outside a transaction',
          },
        ],
        locks: [expect.objectContaining({ table: 'public.orders', mode: 'SHARE' })],
      },
    ]);
  });

  it('is as bad as the worst of its reasons', () => {
    const [statement] = classified('ALTER TABLE orders ADD UNIQUE (note), DROP COLUMN total');
    expect(statement?.class).toBe('loses-data');
    expect(new Set(statement?.reasons.map((reason) => reason.class))).toEqual(
      new Set(['blocks-writers', 'breaks-running', 'loses-data']),
    );
  });

  it.each([
    `ALTER ROLE app PASSWORD 'k3y-of-all'`,
    `INSERT INTO accounts VALUES (4711, 'k3y-of-all')`,
    `CREATE TABLE a (b text DEFAULT 'k3y-of-all')`,
    `DO $$ BEGIN PERFORM 'k3y-of-all'; END $$`,
    `SELECT E'it\\'s k3y-of-all' -- k3y-of-all`,
    `/* k3y-of-all */ UPDATE a SET b = $x$k3y-of-all$x$`,
    `\\copy a from program 'curl k3y-of-all'\n`,
  ])('is shown without its values: %s', (sql) => {
    const all = JSON.stringify(classified(sql));
    expect(all).not.toContain('k3y-of-all');
    expect(all).not.toContain('4711');
  });

  it('keeps the limits of types where it is shown: they are no values', () => {
    const [statement] = classified(
      `ALTER TABLE a ADD b varchar(20) DEFAULT 'x', ADD c numeric(10, 2) DEFAULT 5`,
    );
    expect(statement?.shown).toBe(
      "ALTER TABLE a ADD b varchar(20) DEFAULT '…', ADD c numeric(10, 2) DEFAULT …",
    );
  });

  it('has the same fingerprint however it is written, and another with another value', () => {
    const print = (sql: string) => classified(sql)[0]?.fingerprint;
    const one = print(`DELETE FROM a WHERE id = 1`);
    expect(print(`delete  from A -- now\n where ID = 1 ;`)).toBe(one);
    expect(print(`DELETE FROM a WHERE id = 2`)).not.toBe(one);
    expect(print(`DELETE FROM "A" WHERE id = 1`)).not.toBe(one);
    expect(print(`DO $$ BEGIN DELETE FROM a; END $$`)).not.toBe(print(`DO $$ BEGIN DELETE FROM b; END $$`));
  });

  it.each([
    'CREATE EVENT TRIGGER t ON ddl_command_start EXECUTE FUNCTION f()',
    'CALL f()',
    'ALTER SYSTEM SET a = 1',
  ])('that is not known here is unknown, and never safe: %s', (sql) =>
    expect(classified(sql)[0]?.class).toBe('unknown'),
  );

  it.each([
    [
      'rows that are deleted on the way',
      'WITH gone AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM gone',
      'unknown',
    ],
    ['a function that is called on the way', 'CREATE TABLE a AS SELECT tidy_up()', 'unknown'],
    [
      'SQL that a cursor is opened for',
      `DO $$ DECLARE c refcursor; BEGIN OPEN c FOR EXECUTE 'DELETE FROM a RETURNING 1'; END $$`,
      'unknown',
    ],
    [
      'a limit that limits nothing',
      'UPDATE a SET b = 1 WHERE EXISTS (SELECT 1 FROM c LIMIT 1)',
      'blocks-writers',
    ],
    ['a default that is none', 'ALTER TABLE a ADD b int NOT NULL DEFAULT NULL', 'breaks-running'],
    [
      'nulls that are the same',
      'ALTER TABLE a ADD b int; CREATE UNIQUE INDEX i ON a (b) NULLS NOT DISTINCT',
      'breaks-running',
    ],
    ['a table that may have been there', 'CREATE TABLE IF NOT EXISTS a (b int); DROP TABLE a', 'loses-data'],
    [
      'a column that may have been there',
      'ALTER TABLE a ADD COLUMN IF NOT EXISTS b int NOT NULL DEFAULT 0; ALTER TABLE a ALTER b SET NOT NULL',
      'breaks-running',
    ],
    ['a drop among harmless commands', 'ALTER TABLE a ADD b int, DROP c', 'loses-data'],
    ['a drop that is quoted otherwise', 'ALTER TABLE "public"."a" DROP "c"', 'loses-data'],
    [
      'a partition that may have to be looked for',
      'CREATE TABLE p PARTITION OF a FOR VALUES IN (1)',
      'blocks-writers',
    ],
    ['a language that cannot be read', `DO LANGUAGE plpython3u $$ drop() $$`, 'unknown'],
  ])('is not fooled by %s', (_, sql, expected) => {
    expect(classified(sql).at(-1)?.class).toBe(expected);
  });

  it.each([
    [
      'a table that was made before',
      'CREATE TABLE a (b int); CREATE INDEX ON a (b); ALTER TABLE a DROP b; DROP TABLE a',
    ],
    [
      'one that was made under another name',
      'CREATE TABLE a (b int); ALTER TABLE a RENAME TO c; DROP TABLE c',
    ],
    ['a temporary table', 'CREATE TEMP TABLE a (b int); TRUNCATE pg_temp.a'],
    [
      'a type that was made before',
      `CREATE TYPE t AS ENUM ('a'); ALTER TYPE t RENAME VALUE 'a' TO 'b'; DROP TYPE t`,
    ],
    [
      'a view that was made before',
      'CREATE VIEW v AS SELECT 1; CREATE OR REPLACE VIEW v AS SELECT 2; DROP VIEW v',
    ],
  ])('harms nobody with %s', (_, sql) => {
    expect(classified(sql).map((statement) => statement.class)).toEqual(classified(sql).map(() => 'safe'));
  });

  it('of psql that does more than print is unknown', () => {
    expect(classified('\\set ON_ERROR_STOP on\nSELECT 1;\n\\i other.sql\n')).toMatchObject([
      { line: 2, class: 'safe' },
      { line: 3, class: 'unknown', shown: '\\i' },
    ]);
  });
});

describe('SQL that does not parse', () => {
  it.each([
    ['CREATE TABLE a (id int);\nALTER TABEL a ADD b int;', 'line 2, column 7'],
    [`SELECT 'ä🙂'; SELEKT 1`, 'line 1, column 14'],
    ['SELECT 1;\n\\timing\nDROP TABLE;', 'line 3, column 11'],
  ])('is refused with its place: %j', (sql, place) => {
    const refusal = (): unknown => classified(sql, 'a.sql');
    expect(refusal).toThrow(Refusal);
    try {
      refusal();
    } catch (error) {
      expect(error instanceof Refusal && error.problems[0].where).toBe(`a.sql, ${place}`);
    }
  });
});

describe('a transaction', () => {
  const classes = (pending: readonly Script[], circumstances = usual) =>
    classify(parser, pending, circumstances).map((statement) => statement.class);

  it('holds every lock until it ends', () => {
    const two = 'ALTER TABLE a ADD x int; UPDATE b SET y = 1 WHERE z IS NULL;';
    expect(classes([{ name: null, sql: `BEGIN; ${two} COMMIT;` }])).toEqual([
      'safe',
      'blocks-writers',
      'blocks-writers',
      'safe',
    ]);
    expect(
      classes([
        { name: null, sql: `BEGIN; ALTER TABLE a ADD x int; COMMIT; UPDATE b SET y = 1 WHERE id = 1;` },
      ]),
    ).toEqual(['safe', 'safe', 'safe', 'safe']);
  });

  it('is reckoned with where a file says nothing of one, unless it holds what needs none', () => {
    expect(classes([{ name: null, sql: 'ALTER TABLE a ADD x int; INSERT INTO b SELECT * FROM c;' }])).toEqual(
      ['blocks-writers', 'safe'],
    );
    expect(
      classes([{ name: null, sql: 'ALTER TABLE a ADD x int; CREATE INDEX CONCURRENTLY i ON b (y);' }]),
    ).toEqual(['safe', 'safe']);
  });

  it('that the tool makes around a file is none for what stands alone in it', () => {
    const tool = { lockTimeout: true, oneTransaction: true };
    expect(classes([{ name: null, sql: 'CREATE INDEX CONCURRENTLY i ON b (y);' }], tool)).toEqual(['safe']);
    expect(classes([{ name: null, sql: 'SELECT 1; CREATE INDEX CONCURRENTLY i ON b (y);' }], tool)).toEqual([
      'safe',
      'fails',
    ]);
  });

  it('ends with its own SET LOCAL, and a time-out that is taken away stays away', () => {
    const add = 'ALTER TABLE a ADD x int;';
    const local = `BEGIN; SET LOCAL lock_timeout = '1s'; ${add} COMMIT; ${add}`;
    expect(classes([{ name: null, sql: local }], { lockTimeout: false, oneTransaction: false })).toEqual([
      'safe',
      'safe',
      'safe',
      'safe',
      'blocks-writers',
    ]);
    expect(
      classes([
        { name: null, sql: 'SET lock_timeout = 0;' },
        { name: null, sql: add },
      ]),
    ).toEqual(['safe', 'blocks-writers']);
  });
});

describe('the policy', () => {
  const statements = classified(
    'ALTER TABLE a DROP COLUMN b; CREATE INDEX i ON c (d); CREATE TABLE e (f int);',
  );
  const [drop] = statements;
  const ruled = (allow: readonly string[], asked: readonly string[] = [], somethingRuns = true) => {
    const { refused, tolerated } = rule({ allow, asked, somethingRuns }, statements);
    return { refused: refused.map(({ line }) => line).length, tolerated: tolerated.length };
  };

  it('lets pass what is named, by class or by fingerprint, of the description or of whoever deploys', () => {
    expect(ruled(['blocks-writers'])).toEqual({ refused: 1, tolerated: 1 });
    expect(ruled([])).toEqual({ refused: 2, tolerated: 0 });
    expect(ruled(['blocks-writers'], ['breaks-running'])).toEqual({ refused: 1, tolerated: 1 });
    expect(ruled(['blocks-writers'], ['breaks-running', 'loses-data'])).toEqual({ refused: 0, tolerated: 2 });
    expect(ruled(['blocks-writers', drop?.fingerprint ?? ''])).toEqual({ refused: 0, tolerated: 2 });
  });

  it('where nothing runs asks only whether data is lost', () => {
    expect(ruled([], ['loses-data'], false)).toEqual({ refused: 0, tolerated: 1 });
    expect(ruled([], [], false)).toEqual({ refused: 1, tolerated: 0 });
  });

  it('lets what blocks writers pass without a lock time-out only where it is asked for', () => {
    const waiting = classify(parser, [{ name: null, sql: 'ALTER TABLE a ADD x int' }], {
      lockTimeout: false,
      oneTransaction: false,
    });
    const refused = (asked: readonly string[]) =>
      rule({ allow: ['blocks-writers'], asked, somethingRuns: true }, waiting).refused.length;
    expect(refused([])).toBe(1);
    expect(refused(['blocks-writers'])).toBe(0);
  });

  it('never lets pass what PostgreSQL would refuse', () => {
    const failing = classified('BEGIN; VACUUM a; COMMIT;');
    const allow = [
      'blocks-writers',
      'unknown',
      'breaks-running',
      'loses-data',
      failing[1]?.fingerprint ?? '',
    ];
    expect(rule({ allow, asked: allow, somethingRuns: true }, failing).refused).toHaveLength(1);
  });
});
