import type { DeploymentConfiguration } from '@aws-sdk/client-ecs';
import { known, settled } from './rig.ts';
import type { TestEngine } from './rig.ts';

export interface Worker {
  /** A further revision of its task definition; `script` replaces what it does. */
  readonly version: (name: string, script?: string) => Promise<string>;
  readonly release: (
    name: string,
    script?: string,
    deploymentConfiguration?: DeploymentConfiguration,
  ) => Promise<string>;
}

const goesOn = `trap 'exit 0' TERM; while :; do sleep 0.05; done`;

/** A service without a load balancer, named `web`, whose tasks go on until they are told to stop. */
export async function workerService(
  { clients: { ecs }, image }: TestEngine,
  desiredCount: number,
  deploymentConfiguration: DeploymentConfiguration = {},
): Promise<Worker> {
  const reference = await image({ 'run.sh': goesOn }, ['sh', 'run.sh']);
  await ecs.createCluster({ clusterName: 'test' });
  const version = async (name: string, script = goesOn): Promise<string> => {
    const { taskDefinition } = await ecs.registerTaskDefinition({
      family: 'worker',
      memory: '512',
      containerDefinitions: [
        {
          name: 'worker',
          image: reference,
          command: ['sh', '-c', script],
          environment: [{ name: 'VERSION', value: name }],
        },
      ],
    });
    return known(taskDefinition?.taskDefinitionArn);
  };
  await ecs.createService({
    cluster: 'test',
    serviceName: 'web',
    taskDefinition: await version('1'),
    desiredCount,
    deploymentConfiguration,
  });
  await settled(ecs, 'SUCCESSFUL');
  return {
    version,
    release: async (name, script, change) => {
      const taskDefinition = await version(name, script);
      await ecs.updateService({
        cluster: 'test',
        service: 'web',
        taskDefinition,
        deploymentConfiguration: change,
      });
      return taskDefinition;
    },
  };
}
