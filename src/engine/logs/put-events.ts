import type { InputLogEvent, PutLogEventsRequest } from '@aws-sdk/client-cloudwatch-logs';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { streamKey } from '../model/logs.ts';
import { existingGroup, existingStream, groupName, invalid } from './names.ts';
import { dayMs, horizon } from './retention.ts';
import { mostEvents } from './task-lines.ts';
import { sequenceToken } from './streams.ts';

/** What CloudWatch Logs counts for an event beside its message. */
const eventBytes = 26;
const batchBytes = 1024 * 1024;

export async function putLogEvents(core: Core, input: PutLogEventsRequest, context: RequestContext) {
  const group = existingGroup(core, groupName(input.logGroupName));
  const stream = existingStream(core, group.name, input.logStreamName ?? '');
  if (stream.runtimeId !== null)
    throw invalid('The specified log stream is the output of a container: only its task writes to it.');
  const events = (input.logEvents ?? []).map(({ timestamp: at = 0, message = '' }: InputLogEvent) => ({
    at,
    message,
  }));
  refuseBadBatch(core, events);
  const tooNew = context.now + 120 * core.settings.minuteMs;
  const tooOld = context.now - 14 * dayMs(core);
  const expired = horizon(core, group.name, context.now);
  const kept = events.filter(({ at }) => at <= tooNew && at >= Math.max(tooOld, expired));
  if (kept.length > 0) core.telemetry.events.put(streamKey(group.name, stream.name), kept, context.now);
  const firstTooNew = events.findIndex(({ at }) => at > tooNew);
  const old = events.filter(({ at }) => at < tooOld).length;
  const past = events.filter(({ at }) => at < expired).length;
  const rejected = {
    ...(firstTooNew < 0 ? {} : { tooNewLogEventStartIndex: firstTooNew }),
    ...(old === 0 ? {} : { tooOldLogEventEndIndex: old }),
    ...(past === 0 ? {} : { expiredLogEventEndIndex: past }),
  };
  return {
    nextSequenceToken: sequenceToken,
    ...(kept.length === events.length ? {} : { rejectedLogEventsInfo: rejected }),
  };
}

interface PutEvent {
  readonly at: number;
  readonly message: string;
}

function refuseBadBatch(core: Core, events: readonly PutEvent[]): void {
  const [first, last] = [events[0], events.at(-1)];
  if (first === undefined || last === undefined || events.length > mostEvents)
    throw invalid(
      `1 validation error detected: Value at 'logEvents' failed to satisfy constraint: Member must have length ${events.length === 0 ? 'greater than or equal to 1' : 'less than or equal to 10000'}`,
    );
  if (events.some(({ message }) => message === ''))
    throw invalid(
      "1 validation error detected: Value '' at 'logEvents.1.member.message' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  if (events.some(({ at }, index) => at < (events[index - 1]?.at ?? at)))
    throw invalid('Log events in a single PutLogEvents request must be in chronological order.');
  if (last.at - first.at > dayMs(core))
    throw invalid('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.');
  const bytes = events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + eventBytes, 0);
  if (bytes > batchBytes) throw invalid(`Upload too large: ${bytes} bytes exceeds limit of ${batchBytes}`);
}
