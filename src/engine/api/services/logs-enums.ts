import { LogGroupClass, OrderBy } from '@aws-sdk/client-cloudwatch-logs';
import type { EnumMembers } from '../shape.ts';

/** The members of inputs that have a fixed set of values, by structure. A test holds this against the SDK's types. */
export const logsEnums: EnumMembers = {
  CreateLogGroupRequest: { logGroupClass: LogGroupClass },
  DescribeLogGroupsRequest: { logGroupClass: LogGroupClass },
  DescribeLogStreamsRequest: { orderBy: OrderBy },
};
