import {
  DescribeLogGroups$,
  DescribeLogStreams$,
  GetLogEvents$,
  errorTypeRegistries,
} from '@aws-sdk/client-cloudwatch-logs';
import { ApiError } from '../operations.ts';
import type { LogsOperations } from '../operations.ts';
import { jsonProtocol } from '../protocols/json.ts';
import { bind, errorModels } from '../service.ts';
import type { OperationSchema, Service } from '../service.ts';
import { constraintMessage } from '../violation.ts';
import { logsEnums } from './logs-enums.ts';

/** Amazon CloudWatch Logs, over AWS JSON 1.1. */
export function logs(operations: LogsOperations): Service {
  return {
    protocols: [jsonProtocol('Logs_20140328')],
    operations: bind(schemas, operations, logsEnums),
    errorModel: errorModels(errorTypeRegistries),
    refuse: (violations) => new ApiError('InvalidParameterException', constraintMessage(violations)),
  };
}

const schemas: Readonly<Record<keyof LogsOperations, OperationSchema>> = {
  DescribeLogGroups: DescribeLogGroups$,
  DescribeLogStreams: DescribeLogStreams$,
  GetLogEvents: GetLogEvents$,
};
