import { cp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../src/cli/package.ts';
import { startTraffic, type Traffic } from '../../src/traffic/traffic.ts';
import { getRequest } from '../../src/traffic/words.ts';
import { programs } from '../programs.ts';
import { filesHolding } from './traces.ts';
import { brief, openWorkbench, type Workbench } from './workbench.ts';

const example = join(packageRoot, 'examples', 'interaction-management');

/** The example, on ports of its own, and without the load that measures the machine. */
async function makeExample(folder: string, port: number): Promise<void> {
  const left = ['node_modules', 'dist', 'versions', '.fairway'].map((name) => join(example, name));
  await cp(example, folder, { recursive: true, filter: (source) => !left.includes(source) });
  await symlink(join(packageRoot, 'node_modules'), join(folder, 'node_modules'));
  await edit(folder, (config) =>
    config
      .replace("variables: { APP_ENV: 'local' },", `$& ports: { public: ${port}, test: ${port + 1} },`)
      .replace(/'steady load': \{.*?\n {8}\},/s, ''),
  );
}

async function edit(folder: string, change: (config: string) => string): Promise<void> {
  const file = join(folder, 'fairway.config.ts');
  const before = await readFile(file, 'utf8');
  const after = change(before);
  if (after === before) throw new Error('the description was not changed');
  await writeFile(file, after);
}

async function migration(bench: Workbench, name: string, up: string, down: string): Promise<void> {
  const folder = join(bench.shop, 'database', 'migrations');
  await writeFile(join(folder, `${name}.up.sql`), up);
  await writeFile(join(folder, `${name}.down.sql`), down);
}

const breaking = `-- Nobody asks when a session began.
UPDATE users SET display_name = 'a-value-of-nobodys-business' WHERE id = -1;
ALTER TABLE sessions DROP COLUMN created_at;
`;
const back = `ALTER TABLE sessions ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();`;

const allow = ['--allow-migration', 'breaks-running', '--allow-migration', 'loses-data'];

/** One after the other, under users. */
describe('a migration that breaks the running revision', () => {
  let bench: Workbench;
  let traffic: Traffic;
  let serving: unknown;
  let release: unknown;

  beforeAll(async () => {
    bench = await openWorkbench({ app: makeExample });
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  test('has no first revision to break: what makes the tables is safe', async () => {
    const first = await bench.fairway('deploy', '--json');
    expect(first.exitCode, brief(first)).toBe(0);
    expect(first.events).toContainEqual({ type: 'migration.classified', statements: 9, harmful: [] });
    serving = first.last['running'];
    traffic = await startTraffic({
      entry: programs.traffic,
      node: process.execPath,
      url: `http://127.0.0.1:${bench.port}`,
      rate: 20,
      connections: 4,
      requests: [getRequest('/health'), getRequest('/api/health/db')],
      headers: {},
      timeout: 30_000,
      onSample: () => undefined,
    });
  });

  test('is refused before anything changed', async () => {
    await migration(bench, '0005_sessions', breaking, back);
    const refused = await bench.fairway('deploy', '--json');
    expect(refused.last, brief(refused)).toMatchObject({
      verdict: 'refused',
      exitCode: 3,
      cause: {
        code: 'migration-refused',
        evidence: [
          {
            kind: 'statements',
            statements: [
              {
                script: '0005_sessions.up.sql',
                line: 3,
                shown: 'ALTER TABLE sessions DROP COLUMN created_at',
                reasons: [{ class: 'breaks-running' }, { class: 'loses-data' }],
              },
            ],
          },
        ],
      },
      running: serving,
    });
    expect(refused.events.map(({ type }) => type)).not.toContain('migration.started');
    expect((await bench.fairway('status', '--json')).last).toMatchObject({ schema: '0004_activity' });
  });

  test('passes where it is allowed', async () => {
    const allowed = await bench.fairway('deploy', '--json', ...allow);
    expect(allowed.last, brief(allowed)).toMatchObject({ verdict: 'succeeded' });
    expect((await bench.fairway('history')).stdout).toContain('schema at 0005_sessions');
    ({ running: serving, release } = allowed.last);
  });

  test('keeps the release before from being returned to', async () => {
    const rollback = await bench.fairway('rollback', '--json');
    expect(rollback.last, brief(rollback)).toMatchObject({
      verdict: 'refused',
      exitCode: 3,
      cause: { code: 'schema-does-not-allow-it' },
    });
    expect(rollback.stdout).toContain('ALTER TABLE sessions DROP COLUMN created_at');
    expect((await bench.fairway('status', '--json')).last).toMatchObject({ release });
  });

  test('is not called rolled back where the gates are red behind it', async () => {
    await migration(bench, '0006_users', 'ALTER TABLE users RENAME created_at TO since;', '');
    await edit(bench.shop, (config) =>
      config.replace("path: '/health', expect: healthy", "path: '/no-health', expect: healthy, within: '1s'"),
    );
    const stranded = await bench.fairway('deploy', '--json', '--allow-migration', 'breaks-running');
    expect(stranded.last, brief(stranded)).toMatchObject({
      verdict: 'needs-attention',
      cause: { code: 'gate-failed', evidence: [{}, { kind: 'statements', statements: [{ line: 1 }] }] },
      running: serving,
    });
    expect(JSON.stringify(stranded.last)).toContain('until the schema is at 0005_sessions');
  });

  test('was not noticed by users, and told no value', async () => {
    const { failed, failures } = await traffic.stop();
    expect([failed, failures]).toEqual([0, failures]);
    const holding = await filesHolding(bench.home, 'a-value-of-nobodys-business');
    // The app's own: what it is made of, and what its tool said.
    expect(holding.filter((file) => !/\/(runtime\/tasks|images)\//.test(file))).toEqual([]);
  });
});
