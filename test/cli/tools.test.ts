import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { homeOf } from '../../src/cli/home.ts';
import { addressOf, loadEnvironment } from '../../src/cli/session.ts';
import { connectTo, deploymentId, findEngineOf, inTheDescription, secretsOf } from '../../src/cli/tools.ts';
import { Refusal } from '../../src/refusal.ts';
import { keepValue } from '../../src/ecs/platform/values.ts';
import { environments } from '../ecs/examples.ts';
import { engineForTest } from '../ecs/rig.ts';
import { appOf, web } from '../ecs/platform/shop.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'fairway-cli-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

describe('the id of a deployment', () => {
  it('sorts by its time, to the millisecond, whatever comes after it', () => {
    const at = Date.UTC(2026, 10, 20, 10, 15, 2, 7);
    expect(deploymentId(new Date(at), 'a1')).toBe('20261120-101502-007a1');
    const times = [0, 1, 9, 93, 1_000, 60_000, 86_400_000];
    const ids = times.map((later, index) =>
      deploymentId(new Date(at + later), index % 2 === 0 ? 'ff' : '00'),
    );
    expect(ids.toSorted()).toEqual(ids);
  });
});

describe('what must never be shown', () => {
  it('is every value of .env that is long enough to be one', async () => {
    const root = folder();
    const lines = [
      '# keys',
      'KEY=hunter2-hunter2',
      'QUOTED="with space and #"',
      'PORT=8080',
      'EMPTY=',
      'ON=true',
    ];
    writeFileSync(join(root, '.env'), lines.join('\n'));
    const { clients } = await engineForTest();
    const environment = { app: 'known', name: 'local', root };
    expect(await secretsOf(environment, clients)).toEqual(['hunter2-hunter2', 'with space and #']);
  });

  it('is every value that was ever set, and each of its lines', async () => {
    const { clients } = await engineForTest();
    const environment = { app: 'known', name: 'local', root: folder() };
    expect(await secretsOf(environment, clients)).toEqual([]);
    const local = { folder: '/fairway/known/local/values/secret.3akey' };
    await keepValue(clients, environment, { ...local, kept: null }, 'the first');
    await keepValue(
      clients,
      environment,
      { ...local, kept: { version: 1, since: new Date(), value: 'the first' } },
      'on two\nlines of',
    );
    expect((await secretsOf(environment, clients)).toSorted()).toEqual([
      'lines of',
      'on two',
      'on two\nlines of',
      'the first',
    ]);
  });
});

describe('a port that is taken', () => {
  const taken = (port: number) => ({
    code: 'port-taken',
    what: `port ${port} on this machine is taken`,
    where: `127.0.0.1:${port}`,
    next: 'another',
  });

  it('is refused with the key of the description that chooses another', () => {
    const found = inTheDescription(new Refusal([taken(8080), taken(18_080)]), 'local', {
      public: 8080,
      test: 18_080,
    });
    expect(found).toMatchObject({
      problems: [
        { where: '127.0.0.1:8080', next: expect.stringContaining('`environments.local.ports.public`') },
        { where: '127.0.0.1:18080', next: expect.stringContaining('`environments.local.ports.test`') },
      ],
    });
  });

  it('is all that is said otherwise', () => {
    const other = new Refusal({ code: 'value-missing', what: 'a value is missing', next: 'say it' });
    const ports = { public: 1, test: 2 };
    expect(inTheDescription(other, 'local', ports)).toMatchObject({ problems: other.problems });
    const fault = new Error('a fault');
    expect(inTheDescription(fault, 'local', ports)).toBe(fault);
  });
});

describe('an environment', () => {
  const ecs = environments.find(({ engine }) => engine.kind === 'ecs');
  const local = appOf('shop', { web: web() });

  it('on Amazon ECS is asked of AWS, in its region', async () => {
    if (ecs?.engine.kind !== 'ecs') throw new Error('no example is on ECS');
    const home = homeOf({ FAIRWAY_HOME: folder() });
    const clients = await connectTo(ecs, home);
    clients.close();
    const { region } = ecs.engine;
    expect(clients.address).toEqual({ kind: 'aws', region });
    expect(await findEngineOf(ecs, home)).toEqual({ kind: 'aws', region });
  });

  it('on this machine has an address, if anything in it answers', () => {
    if (local.engine.kind !== 'embedded') throw new Error('local is on this machine');
    expect(addressOf(local)).toBe(`http://127.0.0.1:${local.engine.port}`);
    expect(addressOf({ ...local, services: [] })).toBeNull();
    expect(ecs && addressOf(ecs)).toBeNull();
  });

  it('that is not described is refused', async () => {
    const where = join(import.meta.dirname, '../../examples/oc-lettings');
    await expect(loadEnvironment(where, 'produktion')).rejects.toMatchObject({ name: 'Refusal' });
  });
});
