import type { LogsOperations } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { transactional } from '../operation.ts';
import { getLogEvents } from './events.ts';
import { filterLogEvents } from './filter-events.ts';
import { createLogGroup, deleteLogGroup, describeLogGroups } from './groups.ts';
import { startLiveTail } from './live-tail.ts';
import { putLogEvents } from './put-events.ts';
import { deleteRetentionPolicy, putRetentionPolicy } from './retention.ts';
import { createLogStream, deleteLogStream, describeLogStreams } from './streams.ts';
import {
  listTagsForResource,
  listTagsLogGroup,
  tagLogGroup,
  tagResource,
  untagLogGroup,
  untagResource,
} from './tags.ts';

export function logsOperations(core: Core): LogsOperations {
  return {
    CreateLogGroup: transactional(core, createLogGroup),
    DeleteLogGroup: transactional(core, deleteLogGroup),
    DescribeLogGroups: transactional(core, describeLogGroups),
    PutRetentionPolicy: transactional(core, putRetentionPolicy),
    DeleteRetentionPolicy: transactional(core, deleteRetentionPolicy),
    CreateLogStream: transactional(core, createLogStream),
    DeleteLogStream: transactional(core, deleteLogStream),
    DescribeLogStreams: (input, context) => describeLogStreams(core, input, context),
    PutLogEvents: (input, context) => putLogEvents(core, input, context),
    GetLogEvents: (input, context) => getLogEvents(core, input, context),
    FilterLogEvents: (input, context) => filterLogEvents(core, input, context),
    StartLiveTail: (input, context) => startLiveTail(core, input, context),
    TagResource: transactional(core, tagResource),
    UntagResource: transactional(core, untagResource),
    ListTagsForResource: transactional(core, listTagsForResource),
    TagLogGroup: transactional(core, tagLogGroup),
    UntagLogGroup: transactional(core, untagLogGroup),
    ListTagsLogGroup: transactional(core, listTagsLogGroup),
  };
}
