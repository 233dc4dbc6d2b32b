import { GetRole$, errorTypeRegistries } from '@aws-sdk/client-iam';
import { ApiError } from '../operations.ts';
import type { IamOperations } from '../operations.ts';
import { queryProtocol } from '../protocols/query.ts';
import { bind, errorModels } from '../service.ts';
import type { OperationSchema, Service } from '../service.ts';
import { constraintMessage } from '../violation.ts';

/** AWS Identity and Access Management, over AWS Query: what deployment tools look up. */
export function iam(operations: IamOperations): Service {
  return {
    protocols: [
      queryProtocol({ version: '2010-05-08', namespace: 'https://iam.amazonaws.com/doc/2010-05-08/' }),
    ],
    operations: bind(schemas, operations, {}),
    errorModel: errorModels(errorTypeRegistries),
    refuse: (violations) => new ApiError('ValidationError', constraintMessage(violations)),
  };
}

const schemas: Readonly<Record<keyof IamOperations, OperationSchema>> = { GetRole: GetRole$ };
