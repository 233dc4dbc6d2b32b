import type { CloudWatchOperations } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { transactional } from '../operation.ts';
import {
  deleteAlarms,
  describeAlarmHistory,
  describeAlarms,
  describeAlarmsForMetric,
  disableAlarmActions,
  enableAlarmActions,
  putMetricAlarm,
  setAlarmState,
} from './alarms.ts';
import { deleteDashboards, getDashboard, listDashboards, putDashboard } from './dashboards.ts';
import { listMetrics } from './list-metrics.ts';
import { getMetricData } from './metric-data.ts';
import { putMetricData } from './put-data.ts';
import { getMetricStatistics } from './statistics.ts';
import { listTagsForResource, tagResource, untagResource } from './tags.ts';

export function cloudwatchOperations(core: Core): CloudWatchOperations {
  return {
    PutMetricData: (input, context) => putMetricData(core, input, context),
    GetMetricData: (input) => getMetricData(core, input),
    GetMetricStatistics: (input) => getMetricStatistics(core, input),
    ListMetrics: (input, context) => listMetrics(core, input, context),
    PutMetricAlarm: transactional(core, putMetricAlarm),
    DescribeAlarms: transactional(core, describeAlarms),
    DescribeAlarmsForMetric: transactional(core, describeAlarmsForMetric),
    DescribeAlarmHistory: transactional(core, describeAlarmHistory),
    SetAlarmState: transactional(core, setAlarmState),
    DeleteAlarms: transactional(core, deleteAlarms),
    EnableAlarmActions: transactional(core, enableAlarmActions),
    DisableAlarmActions: transactional(core, disableAlarmActions),
    PutDashboard: transactional(core, putDashboard),
    GetDashboard: transactional(core, getDashboard),
    ListDashboards: transactional(core, listDashboards),
    DeleteDashboards: transactional(core, deleteDashboards),
    TagResource: transactional(core, tagResource),
    UntagResource: transactional(core, untagResource),
    ListTagsForResource: transactional(core, listTagsForResource),
  };
}
