import { connect } from 'node:net';
import { eventually } from '../tasks/rig.ts';
import { freePort } from '../../ports.ts';
import type { TestEngine } from './rig.ts';

export const password = 'swordfish';

/** PostgreSQL on a promised port, which is answered, with its data in the volume `data` and its password a parameter. */
export async function postgresService(
  { clients: { ecs, ssm } }: TestEngine,
  serviceName: string,
): Promise<number> {
  const port = await freePort();
  await ecs.createCluster({ clusterName: 'test' });
  await ssm.putParameter({ Name: '/dev/postgres', Value: password, Type: 'SecureString' });
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
    serviceName,
    taskDefinition: 'postgres',
    launchType: 'EC2',
    desiredCount: 1,
    deploymentConfiguration: { minimumHealthyPercent: 0, maximumPercent: 100 },
  });
  await eventually(() => listens(port), 'PostgreSQL');
  return port;
}

export const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
