import { header } from './call.ts';
import type { Call } from './call.ts';
import { S3Error } from './failure.ts';
import type { ObjectRecord } from './records.ts';

/** Whether what is there now may be replaced. Fails with `NoSuchKey` where `If-Match` names what is not there. */
export function mayWrite(call: Call, present: ObjectRecord | null): boolean {
  const [match, noneMatch] = [header(call, 'if-match'), header(call, 'if-none-match')];
  if (match !== null && present === null) throw new S3Error('NoSuchKey', { Key: call.request.key ?? '' });
  if (match !== null && present !== null && !names(match, present)) return false;
  return !(noneMatch !== null && present !== null && names(noneMatch, present));
}

/** What a read is answered with before its bytes: 304 where the client has them already. Fails with `PreconditionFailed`. */
export function readCondition(call: Call, object: ObjectRecord, prefix = ''): 304 | null {
  const said = (name: string): string | null => header(call, `${prefix}${name}`);
  const seconds = Math.floor(object.modified / 1000) * 1000;
  const [match, noneMatch] = [said('if-match'), said('if-none-match')];
  const unmodified = timeIn(said('if-unmodified-since'));
  const modified = timeIn(said('if-modified-since'));
  if (match !== null && !names(match, object))
    throw new S3Error('PreconditionFailed', { Condition: 'If-Match' });
  if (match === null && unmodified !== null && seconds > unmodified)
    throw new S3Error('PreconditionFailed', { Condition: 'If-Unmodified-Since' });
  if (noneMatch !== null) return names(noneMatch, object) ? 304 : null;
  return modified !== null && seconds <= modified ? 304 : null;
}

function names(list: string, { etag }: ObjectRecord): boolean {
  return list.split(',').some((each) => {
    const name = each.trim().replace(/^W\//, '').replaceAll('"', '');
    return name === '*' || name === etag;
  });
}

function timeIn(text: string | null): number | null {
  const time = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? null : time;
}
