import { connect } from 'node:net';
import { join } from 'node:path';
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { eventually } from '../tasks/rig.ts';
import { describedTasks, freePort, known, settled, testEngine } from './rig.ts';

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

test('a store is an ordinary service: on its promised port, with its volume, through a stop of everything', async () => {
  const engine = await testEngine();
  const { ecs, ssm } = engine.clients;
  const port = await freePort();
  await ecs.createCluster({ clusterName: 'test' });
  await ssm.putParameter({ Name: '/dev/postgres', Value: 'swordfish', Type: 'SecureString' });
  await ecs.registerTaskDefinition({
    family: 'postgres',
    networkMode: 'bridge',
    memory: '512',
    volumes: [{ name: 'data', dockerVolumeConfiguration: { scope: 'shared', autoprovision: true } }],
    containerDefinitions: [
      {
        name: 'postgres',
        image: 'postgres:18',
        portMappings: [{ containerPort: 5432, hostPort: port }],
        secrets: [{ name: 'POSTGRES_PASSWORD', valueFrom: '/dev/postgres' }],
        mountPoints: [{ sourceVolume: 'data', containerPath: '/var/lib/postgresql/data' }],
      },
    ],
  });
  await ecs.createService({
    cluster: 'test',
    serviceName: 'web',
    taskDefinition: 'postgres',
    launchType: 'EC2',
    desiredCount: 1,
    deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 },
  });
  await settled(ecs, 'SUCCESSFUL');
  const [task] = await describedTasks(ecs, 'RUNNING');
  expect(task?.containers?.[0]?.networkBindings).toEqual([
    { bindIP: '127.0.0.1', containerPort: 5432, hostPort: port, protocol: 'tcp' },
  ]);
  await eventually(() => answers(port), 'PostgreSQL');
  await engine.stopAll();
  expect(await answers(port)).toBe(false);
  await engine.startAgain();
  await eventually(() => answers(port), 'PostgreSQL again');
  const stopped = await eventually(
    async () => (await describedTasks(ecs, 'STOPPED')).find((each) => each.taskArn === task?.taskArn) ?? null,
    'the first task',
  );
  expect(known(stopped.containers?.[0]).exitCode).toBe(0);
  expect(existsSync(join(engine.folder, 'volumes', 'data'))).toBe(true);
  expect(readFileSync(join(engine.folder, 'engine.log'), 'utf8')).not.toContain('swordfish');
});
