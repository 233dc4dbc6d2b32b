import {
  CreateLogGroup$,
  CreateLogStream$,
  DeleteLogGroup$,
  DeleteLogStream$,
  DeleteRetentionPolicy$,
  DescribeLogGroups$,
  DescribeLogStreams$,
  FilterLogEvents$,
  GetLogEvents$,
  ListTagsForResource$,
  ListTagsLogGroup$,
  PutLogEvents$,
  PutRetentionPolicy$,
  StartLiveTail$,
  TagLogGroup$,
  TagResource$,
  UntagLogGroup$,
  UntagResource$,
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
  CreateLogGroup: CreateLogGroup$,
  DeleteLogGroup: DeleteLogGroup$,
  DescribeLogGroups: DescribeLogGroups$,
  PutRetentionPolicy: PutRetentionPolicy$,
  DeleteRetentionPolicy: DeleteRetentionPolicy$,
  CreateLogStream: CreateLogStream$,
  DeleteLogStream: DeleteLogStream$,
  DescribeLogStreams: DescribeLogStreams$,
  PutLogEvents: PutLogEvents$,
  GetLogEvents: GetLogEvents$,
  FilterLogEvents: FilterLogEvents$,
  StartLiveTail: StartLiveTail$,
  TagResource: TagResource$,
  UntagResource: UntagResource$,
  ListTagsForResource: ListTagsForResource$,
  TagLogGroup: TagLogGroup$,
  UntagLogGroup: UntagLogGroup$,
  ListTagsLogGroup: ListTagsLogGroup$,
};
