import type { LogsOperations } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { transactional } from '../operation.ts';
import { getLogEvents } from './events.ts';
import { describeLogGroups, describeLogStreams } from './groups.ts';

export function logsOperations(core: Core): LogsOperations {
  return {
    DescribeLogGroups: transactional(core, describeLogGroups),
    DescribeLogStreams: transactional(core, describeLogStreams),
    GetLogEvents: (input) => getLogEvents(core, input),
  };
}
