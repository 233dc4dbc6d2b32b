import {
  BatchGetSecretValue$,
  CreateSecret$,
  DeleteSecret$,
  DescribeSecret$,
  GetRandomPassword$,
  GetSecretValue$,
  ListSecretVersionIds$,
  ListSecrets$,
  PutSecretValue$,
  RestoreSecret$,
  TagResource$,
  UntagResource$,
  UpdateSecret$,
  UpdateSecretVersionStage$,
  errorTypeRegistries,
} from '@aws-sdk/client-secrets-manager';
import { ApiError } from '../operations.ts';
import type { SecretsManagerOperations } from '../operations.ts';
import { jsonProtocol } from '../protocols/json.ts';
import { bind, errorModels } from '../service.ts';
import type { OperationSchema, Service } from '../service.ts';
import { constraintMessage } from '../violation.ts';
import { secretsManagerEnums } from './secretsmanager-enums.ts';

/** AWS Secrets Manager, over AWS JSON 1.1. */
export function secretsManager(operations: SecretsManagerOperations): Service {
  return {
    protocols: [jsonProtocol('secretsmanager')],
    operations: bind(schemas, operations, secretsManagerEnums),
    errorModel: errorModels(errorTypeRegistries),
    internalError: 'InternalServiceError',
    refuse: (violations) => new ApiError('ValidationException', constraintMessage(violations)),
  };
}

const schemas: Readonly<Record<keyof SecretsManagerOperations, OperationSchema>> = {
  CreateSecret: CreateSecret$,
  GetSecretValue: GetSecretValue$,
  BatchGetSecretValue: BatchGetSecretValue$,
  PutSecretValue: PutSecretValue$,
  UpdateSecret: UpdateSecret$,
  UpdateSecretVersionStage: UpdateSecretVersionStage$,
  DescribeSecret: DescribeSecret$,
  ListSecrets: ListSecrets$,
  ListSecretVersionIds: ListSecretVersionIds$,
  DeleteSecret: DeleteSecret$,
  RestoreSecret: RestoreSecret$,
  TagResource: TagResource$,
  UntagResource: UntagResource$,
  GetRandomPassword: GetRandomPassword$,
};
