import { join } from 'node:path';
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { eventually } from '../tasks/rig.ts';
import { listens, password, postgresService } from './postgres.ts';
import { describedTasks, known, settled, testEngine } from './rig.ts';

test('a store is an ordinary service: on its promised port, with its volume, through a stop of everything', async () => {
  const engine = await testEngine();
  const { ecs } = engine.clients;
  const port = await postgresService(engine, 'web');
  await settled(ecs, 'SUCCESSFUL');
  const [task] = await describedTasks(ecs, 'RUNNING');
  expect(task?.containers?.[0]?.networkBindings).toEqual([
    { bindIP: '127.0.0.1', containerPort: 5432, hostPort: port, protocol: 'tcp' },
  ]);
  await engine.stopAll();
  expect(await listens(port)).toBe(false);
  await engine.startAgain();
  await eventually(() => listens(port), 'PostgreSQL again');
  const stopped = await eventually(
    async () => (await describedTasks(ecs, 'STOPPED')).find((each) => each.taskArn === task?.taskArn) ?? null,
    'the first task',
  );
  expect(known(stopped.containers?.[0]).exitCode).toBe(0);
  expect(existsSync(join(engine.folder, 'volumes', 'data'))).toBe(true);
  expect(readFileSync(join(engine.folder, 'engine.log'), 'utf8')).not.toContain(password);
});
