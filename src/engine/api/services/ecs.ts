import {
  ContinueServiceDeployment$,
  CreateCluster$,
  CreateService$,
  DeleteCluster$,
  DeleteService$,
  DeregisterTaskDefinition$,
  DescribeClusters$,
  DescribeServiceDeployments$,
  DescribeServiceRevisions$,
  DescribeServices$,
  DescribeTaskDefinition$,
  DescribeTasks$,
  ListClusters$,
  ListServiceDeployments$,
  ListServices$,
  ListTagsForResource$,
  ListTaskDefinitionFamilies$,
  ListTaskDefinitions$,
  ListTasks$,
  RegisterTaskDefinition$,
  RunTask$,
  StopServiceDeployment$,
  StopTask$,
  TagResource$,
  UntagResource$,
  UpdateService$,
  UpdateCluster$,
  UpdateClusterSettings$,
  PutClusterCapacityProviders$,
  DescribeCapacityProviders$,
  ListContainerInstances$,
  DescribeContainerInstances$,
  ListAccountSettings$,
  DeleteTaskDefinitions$,
  ListServicesByNamespace$,
  errorTypeRegistries,
} from '@aws-sdk/client-ecs';
import { ApiError } from '../operations.ts';
import type { EcsOperations } from '../operations.ts';
import { jsonProtocol } from '../protocols/json.ts';
import { bind, errorModels } from '../service.ts';
import type { OperationSchema, Service } from '../service.ts';
import type { Violation, Violations } from '../violation.ts';
import { ecsEnums } from './ecs-enums.ts';

/** Amazon ECS, over AWS JSON 1.1. */
export function ecs(operations: EcsOperations): Service {
  return {
    protocols: [jsonProtocol('AmazonEC2ContainerServiceV20141113')],
    operations: bind(schemas, operations, ecsEnums),
    errorModel: errorModels(errorTypeRegistries),
    internalError: 'ServerException',
    refuse,
  };
}

/**
 * ECS has no common wording. Observed: "Family can not be blank." and "Container.image should not be null or empty.", both
 * ClientException of RegisterTaskDefinition; "TaskDefinition can not be blank.", InvalidParameterException of the others.
 * Assumed: the same for members of which no message is known, and the wording for values that are not allowed.
 */
function refuse([violation]: Violations, operation: string): ApiError {
  const code = operation === 'RegisterTaskDefinition' ? 'ClientException' : 'InvalidParameterException';
  return new ApiError(code, wording(violation));
}

function wording(violation: Violation): string {
  const steps = violation.path.split('.');
  const member = steps.at(-1) ?? '';
  switch (violation.kind) {
    case 'missing':
      if (steps.length === 1 && violation.of === 'string') return `${upperFirst(member)} can not be blank.`;
      if (steps.length === 1) return `${upperFirst(member)} should not be null or empty.`;
      return `${violation.structure.replace(/Definition$/, '')}.${member} should not be null or empty.`;
    case 'not allowed':
      return `Invalid value '${violation.value}' for ${violation.path}. Valid values are: ${violation.allowed.join(', ')}.`;
  }
}

function upperFirst(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

const schemas: Readonly<Record<keyof EcsOperations, OperationSchema>> = {
  CreateCluster: CreateCluster$,
  DescribeClusters: DescribeClusters$,
  ListClusters: ListClusters$,
  DeleteCluster: DeleteCluster$,
  RegisterTaskDefinition: RegisterTaskDefinition$,
  DeregisterTaskDefinition: DeregisterTaskDefinition$,
  DescribeTaskDefinition: DescribeTaskDefinition$,
  ListTaskDefinitions: ListTaskDefinitions$,
  ListTaskDefinitionFamilies: ListTaskDefinitionFamilies$,
  CreateService: CreateService$,
  UpdateService: UpdateService$,
  DescribeServices: DescribeServices$,
  ListServices: ListServices$,
  DeleteService: DeleteService$,
  DescribeServiceDeployments: DescribeServiceDeployments$,
  ListServiceDeployments: ListServiceDeployments$,
  DescribeServiceRevisions: DescribeServiceRevisions$,
  ContinueServiceDeployment: ContinueServiceDeployment$,
  StopServiceDeployment: StopServiceDeployment$,
  RunTask: RunTask$,
  StopTask: StopTask$,
  DescribeTasks: DescribeTasks$,
  ListTasks: ListTasks$,
  TagResource: TagResource$,
  UntagResource: UntagResource$,
  ListTagsForResource: ListTagsForResource$,
  UpdateCluster: UpdateCluster$,
  UpdateClusterSettings: UpdateClusterSettings$,
  PutClusterCapacityProviders: PutClusterCapacityProviders$,
  DescribeCapacityProviders: DescribeCapacityProviders$,
  ListContainerInstances: ListContainerInstances$,
  DescribeContainerInstances: DescribeContainerInstances$,
  ListAccountSettings: ListAccountSettings$,
  DeleteTaskDefinitions: DeleteTaskDefinitions$,
  ListServicesByNamespace: ListServicesByNamespace$,
};
