import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { homeOf, type Home } from '../../src/cli/home.ts';
import { ensureEngine, findEngine, restoreEngine, stopEngine } from '../../src/cli/local-engine.ts';
import { version } from '../../src/cli/package.ts';
import { ownIdentity } from '../../src/process/identity.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
const running = { ...ownIdentity(), version: version(), endpoint: 'http://127.0.0.1:4566', region: 'local' };
/** Of a process that has this pid no longer. */
const dead = { ...running, startTime: 'before' };

/** A home in which an engine has left these files. */
function homeWith(files: Readonly<Record<string, unknown>>): Home {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-home-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const home = homeOf({ FAIRWAY_HOME: folder });
  mkdirSync(home.engine, { recursive: true });
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(home.engine, name), typeof content === 'string' ? content : JSON.stringify(content));
  return home;
}

afterEach(() => void vi.unstubAllEnvs());

describe('the engine of this machine', () => {
  it('is found by what it says of itself, with the credentials it made', () => {
    const home = homeWith({ 'engine.json': running, 'credentials.json': credentials });
    expect(findEngine(home)).toEqual({
      kind: 'embedded',
      endpoint: running.endpoint,
      region: 'local',
      credentials,
    });
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['no engine was started', {}],
    [
      'its process is gone, and another has its pid',
      { 'engine.json': dead, 'credentials.json': credentials },
    ],
    ['its file is torn', { 'engine.json': '{"pid":', 'credentials.json': credentials }],
    ['its file says something else', { 'engine.json': { pid: 'one' }, 'credentials.json': credentials }],
    ['its credentials are not there yet', { 'engine.json': running }],
    ['its credentials are none', { 'engine.json': running, 'credentials.json': { accessKeyId: 1 } }],
  ])('is not found where %s', (_, files) => {
    expect(findEngine(homeWith(files))).toBeNull();
  });

  it('of another version is refused: it would understand a deployer wrongly', () => {
    const home = homeWith({
      'engine.json': { ...running, version: '9.9.9' },
      'credentials.json': credentials,
    });
    expect(() => findEngine(home)).toThrow(
      expect.objectContaining({
        problems: [
          expect.objectContaining({
            code: 'engine-version',
            what: expect.stringContaining('9.9.9'),
            where: `process ${process.pid}`,
          }),
        ],
      }),
    );
  });

  it('that was never started, or was taken down, is not started again', async () => {
    expect(await restoreEngine(homeWith({}))).toBeNull();
    const down = homeWith({ 'engine.json': dead, stopping: { what: 'all' } });
    expect(await restoreEngine(down)).toBeNull();
    expect(await stopEngine(down)).toBe(false);
  });

  it.each([{}, { stopping: { what: 'engine' } }])(
    'that was lost is started again, and what it said is told where it does not start: %o',
    async (files) => {
      vi.stubEnv('FAIRWAY_ENGINE_OPTIONS', '--no-such-option');
      const home = homeWith({ 'engine.json': dead, ...files });
      await expect(restoreEngine(home)).rejects.toMatchObject({
        name: 'Refusal',
        problems: [
          {
            code: 'engine-not-started',
            where: join(home.engine, 'engine.log'),
            why: expect.stringMatching(/no-such-option|Cannot find module/),
          },
        ],
      });
    },
  );

  it('that does not start is told at once, and not after the time-out', async () => {
    vi.stubEnv('FAIRWAY_ENGINE_OPTIONS', '--no-such-option');
    await expect(ensureEngine(homeWith({}))).rejects.not.toMatchObject({
      problems: [{ why: expect.stringContaining('it was not ready') }],
    });
  });
});
