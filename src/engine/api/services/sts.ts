import { AssumeRole$, GetCallerIdentity$, GetSessionToken$, errorTypeRegistries } from '@aws-sdk/client-sts';
import { ApiError } from '../operations.ts';
import type { StsOperations } from '../operations.ts';
import { queryProtocol } from '../protocols/query.ts';
import { bind, errorModels } from '../service.ts';
import type { OperationSchema, Service } from '../service.ts';
import { constraintMessage } from '../violation.ts';

/** AWS Security Token Service, over AWS Query. None of its inputs has a fixed set of values. */
export function sts(operations: StsOperations): Service {
  return {
    protocols: [
      queryProtocol({ version: '2011-06-15', namespace: 'https://sts.amazonaws.com/doc/2011-06-15/' }),
    ],
    operations: bind(schemas, operations, {}),
    errorModel: errorModels(errorTypeRegistries),
    refuse: (violations) => new ApiError('ValidationError', constraintMessage(violations)),
  };
}

const schemas: Readonly<Record<keyof StsOperations, OperationSchema>> = {
  GetCallerIdentity: GetCallerIdentity$,
  AssumeRole: AssumeRole$,
  GetSessionToken: GetSessionToken$,
};
