import {
  AlarmType,
  ComparisonOperator,
  HistoryItemType,
  RecentlyActive,
  ScanBy,
  StandardUnit,
  StateValue,
  Statistic,
} from '@aws-sdk/client-cloudwatch';
import type { EnumMembers } from '../shape.ts';

/** The members of inputs that have a fixed set of values, by structure. A test holds this against the SDK's types. */
export const cloudwatchEnums: EnumMembers = {
  MetricDatum: { Unit: StandardUnit },
  GetMetricDataInput: { ScanBy },
  MetricStat: { Unit: StandardUnit },
  GetMetricStatisticsInput: { Statistics: Statistic, Unit: StandardUnit },
  ListMetricsInput: { RecentlyActive },
  PutMetricAlarmInput: { Statistic, Unit: StandardUnit, ComparisonOperator },
  DescribeAlarmsInput: { AlarmTypes: AlarmType, StateValue },
  DescribeAlarmsForMetricInput: { Statistic, Unit: StandardUnit },
  DescribeAlarmHistoryInput: { AlarmTypes: AlarmType, HistoryItemType, ScanBy },
  SetAlarmStateInput: { StateValue },
};
