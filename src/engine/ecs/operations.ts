import type { EcsOperations } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { transactional } from '../operation.ts';
import { listAccountSettings } from './account-settings.ts';
import {
  describeCapacityProviders,
  describeContainerInstances,
  listContainerInstances,
  putClusterCapacityProviders,
} from './capacity.ts';
import {
  createCluster,
  deleteCluster,
  describeClusters,
  listClusters,
  updateCluster,
  updateClusterSettings,
} from './clusters.ts';
import {
  continueServiceDeployment,
  describeServiceDeployments,
  describeServiceRevisions,
  listServiceDeployments,
  stopServiceDeployment,
} from './deployments.ts';
import {
  createService,
  deleteService,
  describeServices,
  listServices,
  listServicesByNamespace,
  updateService,
} from './services.ts';
import { listTagsForResource, tagResource, untagResource } from './tags.ts';
import {
  deleteTaskDefinitions,
  deregisterTaskDefinition,
  describeTaskDefinition,
  listTaskDefinitionFamilies,
  listTaskDefinitions,
  registerTaskDefinition,
} from './task-definitions.ts';
import { describeTasks, listTasks, runTask, stopTask } from './tasks.ts';

export function ecsOperations(core: Core): EcsOperations {
  return {
    CreateCluster: transactional(core, createCluster),
    DescribeClusters: transactional(core, describeClusters),
    ListClusters: transactional(core, listClusters),
    DeleteCluster: transactional(core, deleteCluster),
    RegisterTaskDefinition: transactional(core, registerTaskDefinition),
    DeregisterTaskDefinition: transactional(core, deregisterTaskDefinition),
    DescribeTaskDefinition: transactional(core, describeTaskDefinition),
    ListTaskDefinitions: transactional(core, listTaskDefinitions),
    ListTaskDefinitionFamilies: transactional(core, listTaskDefinitionFamilies),
    CreateService: transactional(core, createService),
    UpdateService: transactional(core, updateService),
    DescribeServices: transactional(core, describeServices),
    ListServices: transactional(core, listServices),
    DeleteService: transactional(core, deleteService),
    DescribeServiceDeployments: transactional(core, describeServiceDeployments),
    ListServiceDeployments: transactional(core, listServiceDeployments),
    DescribeServiceRevisions: transactional(core, describeServiceRevisions),
    ContinueServiceDeployment: transactional(core, continueServiceDeployment),
    StopServiceDeployment: transactional(core, stopServiceDeployment),
    RunTask: transactional(core, runTask),
    StopTask: transactional(core, stopTask),
    DescribeTasks: transactional(core, describeTasks),
    ListTasks: transactional(core, listTasks),
    TagResource: transactional(core, tagResource),
    UntagResource: transactional(core, untagResource),
    ListTagsForResource: transactional(core, listTagsForResource),
    UpdateCluster: transactional(core, updateCluster),
    UpdateClusterSettings: transactional(core, updateClusterSettings),
    PutClusterCapacityProviders: transactional(core, putClusterCapacityProviders),
    DescribeCapacityProviders: transactional(core, describeCapacityProviders),
    ListContainerInstances: transactional(core, listContainerInstances),
    DescribeContainerInstances: transactional(core, describeContainerInstances),
    ListAccountSettings: transactional(core, listAccountSettings),
    DeleteTaskDefinitions: transactional(core, deleteTaskDefinitions),
    ListServicesByNamespace: transactional(core, listServicesByNamespace),
  };
}
