import {
  AddTagsToResource$,
  DescribeParameters$,
  GetParameterHistory$,
  LabelParameterVersion$,
  ListTagsForResource$,
  RemoveTagsFromResource$,
  UnlabelParameterVersion$,
  DeleteParameter$,
  DeleteParameters$,
  GetParameter$,
  GetParameters$,
  GetParametersByPath$,
  PutParameter$,
  errorTypeRegistries,
} from '@aws-sdk/client-ssm';
import { ApiError } from '../operations.ts';
import type { SsmOperations } from '../operations.ts';
import { jsonProtocol } from '../protocols/json.ts';
import { bind, errorModels } from '../service.ts';
import type { OperationSchema, Service } from '../service.ts';
import { constraintMessage } from '../violation.ts';
import { ssmEnums } from './ssm-enums.ts';

/** AWS Systems Manager, over AWS JSON 1.1. */
export function ssm(operations: SsmOperations): Service {
  return {
    protocols: [jsonProtocol('AmazonSSM')],
    operations: bind(schemas, operations, ssmEnums),
    errorModel: errorModels(errorTypeRegistries),
    internalError: 'InternalServerError',
    refuse: (violations) => new ApiError('ValidationException', constraintMessage(violations)),
  };
}

const schemas: Readonly<Record<keyof SsmOperations, OperationSchema>> = {
  PutParameter: PutParameter$,
  GetParameter: GetParameter$,
  GetParameters: GetParameters$,
  GetParametersByPath: GetParametersByPath$,
  DeleteParameter: DeleteParameter$,
  DeleteParameters: DeleteParameters$,
  GetParameterHistory: GetParameterHistory$,
  DescribeParameters: DescribeParameters$,
  LabelParameterVersion: LabelParameterVersion$,
  UnlabelParameterVersion: UnlabelParameterVersion$,
  AddTagsToResource: AddTagsToResource$,
  RemoveTagsFromResource: RemoveTagsFromResource$,
  ListTagsForResource: ListTagsForResource$,
};
