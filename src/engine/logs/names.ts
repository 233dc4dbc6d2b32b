import { ApiError } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { isArn } from '../model/arn.ts';
import { streamKey } from '../model/logs.ts';
import type { LogGroupRow, LogStreamRow } from '../model/logs.ts';

export const invalid = (message: string): ApiError => new ApiError('InvalidParameterException', message);

export const invalidToken = (): ApiError => invalid('The specified nextToken is invalid.');

const groupMark = ':log-group:';

/** Clients name a group by name or, as identifier, by name or ARN. */
export function groupName(name: string | undefined, identifier?: string): string {
  const given = name ?? identifier ?? '';
  return isArn(given) ? given.slice(given.indexOf(groupMark) + groupMark.length).replace(/:\*$/, '') : given;
}

export function existingGroup(core: Core, name: string): LogGroupRow {
  const row = core.tables.logGroups.get(name);
  if (row === undefined)
    throw new ApiError('ResourceNotFoundException', 'The specified log group does not exist.');
  return row;
}

export function existingStream(core: Core, group: string, name: string): LogStreamRow {
  const row = core.tables.logStreams.get(streamKey(group, name));
  if (row === undefined)
    throw new ApiError('ResourceNotFoundException', 'The specified log stream does not exist.');
  return row;
}

export function checkedGroupName(name: string | undefined): string {
  return checked(name, 'logGroupName', /^[.\-_/#A-Za-z0-9]+$/, String.raw`[\.\-_/#A-Za-z0-9]+`);
}

export function checkedStreamName(name: string | undefined): string {
  return checked(name, 'logStreamName', /^[^:*]*$/, '[^:*]*');
}

function checked(name: string | undefined, member: string, allowed: RegExp, pattern: string): string {
  const given = name ?? '';
  const problem =
    given.length < 1
      ? 'Member must have length greater than or equal to 1'
      : given.length > 512
        ? 'Member must have length less than or equal to 512'
        : allowed.test(given)
          ? null
          : `Member must satisfy regular expression pattern: ${pattern}`;
  if (problem === null) return given;
  throw invalid(
    `1 validation error detected: Value '${given}' at '${member}' failed to satisfy constraint: ${problem}`,
  );
}
