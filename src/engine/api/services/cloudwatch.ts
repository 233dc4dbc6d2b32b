import {
  DeleteAlarms$,
  DeleteDashboards$,
  DescribeAlarmHistory$,
  DescribeAlarms$,
  DescribeAlarmsForMetric$,
  DisableAlarmActions$,
  EnableAlarmActions$,
  GetDashboard$,
  GetMetricData$,
  GetMetricStatistics$,
  ListDashboards$,
  ListMetrics$,
  ListTagsForResource$,
  PutDashboard$,
  PutMetricAlarm$,
  PutMetricData$,
  SetAlarmState$,
  TagResource$,
  UntagResource$,
  errorTypeRegistries,
} from '@aws-sdk/client-cloudwatch';
import { ApiError } from '../operations.ts';
import type { CloudWatchOperations } from '../operations.ts';
import { compressible } from '../protocols/compressed.ts';
import { jsonProtocol } from '../protocols/json.ts';
import { queryCompatible } from '../protocols/query-compatible.ts';
import { queryProtocol } from '../protocols/query.ts';
import { rpcV2CborProtocol } from '../protocols/rpc-v2-cbor.ts';
import { bind, errorModels } from '../service.ts';
import type { OperationSchema, Service } from '../service.ts';
import { constraintMessage } from '../violation.ts';
import { cloudwatchEnums } from './cloudwatch-enums.ts';

/** Amazon CloudWatch, over AWS JSON 1.0, RPC v2 with CBOR, and Query: which one, a client's language and age decide. */
export function cloudwatch(operations: CloudWatchOperations): Service {
  return {
    protocols: [
      compressible(queryCompatible(jsonProtocol('GraniteServiceVersion20100801'))),
      compressible(
        queryCompatible(
          rpcV2CborProtocol({
            service: 'GraniteServiceVersion20100801',
            namespace: 'com.amazonaws.cloudwatch',
            integers,
          }),
        ),
      ),
      compressible(
        queryProtocol({
          version: '2010-08-01',
          namespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
        }),
      ),
    ],
    operations: bind(schemas, operations, cloudwatchEnums),
    errorModel: errorModels(errorTypeRegistries),
    internalError: 'InternalServiceFault',
    refuse: (violations) => new ApiError('ValidationError', constraintMessage(violations)),
  };
}

const integers = new Set([
  'ActionLogLineCount',
  'ActionsSuppressorExtensionPeriod',
  'ActionsSuppressorWaitPeriod',
  'DatapointsToAlarm',
  'EndTimeOffset',
  'EvaluationInterval',
  'EvaluationPeriods',
  'Period',
  'PendingPeriod',
  'QueryResultsToAlarm',
  'QueryResultsToEvaluate',
  'RecoveryPeriod',
  'Size',
  'StartTimeOffset',
  'WarmUpPeriodDurationInMinutes',
]);

const schemas: Readonly<Record<keyof CloudWatchOperations, OperationSchema>> = {
  PutMetricData: PutMetricData$,
  GetMetricData: GetMetricData$,
  GetMetricStatistics: GetMetricStatistics$,
  ListMetrics: ListMetrics$,
  PutMetricAlarm: PutMetricAlarm$,
  DescribeAlarms: DescribeAlarms$,
  DescribeAlarmsForMetric: DescribeAlarmsForMetric$,
  DescribeAlarmHistory: DescribeAlarmHistory$,
  SetAlarmState: SetAlarmState$,
  DeleteAlarms: DeleteAlarms$,
  EnableAlarmActions: EnableAlarmActions$,
  DisableAlarmActions: DisableAlarmActions$,
  PutDashboard: PutDashboard$,
  GetDashboard: GetDashboard$,
  ListDashboards: ListDashboards$,
  DeleteDashboards: DeleteDashboards$,
  TagResource: TagResource$,
  UntagResource: UntagResource$,
  ListTagsForResource: ListTagsForResource$,
};
