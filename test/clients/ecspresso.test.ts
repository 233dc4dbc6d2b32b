import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../engine/tasks/rig.ts';
import { openStand, type Stand } from './stand.ts';
import { findTool } from './tool.ts';

const ecspresso = findTool('ecspresso');

/** A team that deploys with ecspresso takes over a service and goes on as it does on AWS. In this order. */
describe.skipIf(ecspresso === null)('ecspresso', () => {
  let stand: Stand;
  const file = (name: string): string => join(stand.bench.folder, name);

  beforeAll(async () => {
    stand = await openStand();
  });
  afterAll(() => stand?.[Symbol.asyncDispose]());

  const run = (...words: readonly string[]): Promise<string> =>
    stand.run(ecspresso ?? '', [...words, '--config', 'ecspresso.yml']);

  async function revision(): Promise<string> {
    const { stdout } = await stand.bench.fairway('status', '--json');
    return /shop-local-web:\d+/.exec(stdout)?.[0] ?? stdout;
  }

  it('writes down a service that runs', async () => {
    await run('init', '--region', 'us-east-1', '--cluster', 'shop-local', '--service', 'web');
    expect(JSON.parse(await readFile(file('ecs-task-def.json'), 'utf8'))).toMatchObject({
      family: 'shop-local-web',
    });
    expect(JSON.parse(await readFile(file('ecs-service-def.json'), 'utf8'))).toMatchObject({
      deploymentConfiguration: { strategy: 'BLUE_GREEN' },
    });
  });

  it('finds nothing to change, and the roles that ECS will need', async () => {
    expect((await run('diff')).trim()).toBe('');
    // The one thing that it misses is a registry: images of processes are in none.
    const said = await stand.refused(ecspresso ?? '', ['verify', '--config', 'ecspresso.yml']);
    expect(said).toMatch(/assumed role successfully/);
    expect(said).toMatch(/verify Image\[fairway\.local\/shop\/web@sha256:/);
  });

  it('deploys blue-green, waits, and no request is lost; going back is the same', async () => {
    // It answers no pauses.
    const service = JSON.parse(await readFile(file('ecs-service-def.json'), 'utf8'));
    service.deploymentConfiguration.lifecycleHooks = [];
    await writeFile(file('ecs-service-def.json'), JSON.stringify(service));
    const definition = JSON.parse(await readFile(file('ecs-task-def.json'), 'utf8'));
    definition.containerDefinitions[0].environment.push({ name: 'BY_ECSPRESSO', value: 'yes' });
    await writeFile(file('ecs-task-def.json'), JSON.stringify(definition));
    expect(await run('diff')).toContain('BY_ECSPRESSO');
    const before = await revision();

    const users = await stand.bench.users(100);
    await run('deploy');
    await run('wait');
    // A service is stable once its old tasks are gone; its deployment ends after that.
    await eventually(async () => (await revision()) !== before || null, 'another revision that serves');
    expect((await run('diff')).trim()).toBe('');

    await run('rollback');
    await run('wait');
    await eventually(async () => (await revision()) === before || null, 'the revision of before');
    const { failed, requests } = await users.stop();
    expect({ failed, some: requests > 100 }).toEqual({ failed: 0, some: true });
  });
});
