import { Fault } from '../fault.ts';
import { ApiError } from '../operations.ts';
import { eventMessage } from './event-stream.ts';
import { exceptionFaults } from './exception-faults.ts';
import type { Protocol, ReadInput } from '../protocol.ts';
import { contentType, header } from '../request.ts';
import type { WireRequest } from '../request.ts';
import type { Shape, Structure } from '../shape.ts';
import type { Violation } from '../violation.ts';

const CONTENT_TYPE = /^application\/x-amz-json-1\.[01]$/;

/**
 * AWS JSON 1.1, and 1.0, which differs in its name only: the operation in `X-Amz-Target`, behind the service's prefix;
 * times in seconds since the epoch. https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 */
export function jsonProtocol(targetPrefix: string): Protocol {
  return {
    claims: (request) => CONTENT_TYPE.test(contentType(request)),

    operationName(request) {
      const target = header(request, 'x-amz-target') ?? '';
      const operation = target.startsWith(`${targetPrefix}.`) ? target.slice(targetPrefix.length + 1) : '';
      if (operation === '')
        throw new Fault('operation unknown', 'The requested operation is not known here.');
      return operation;
    },

    read: (request, input) => readJson(request.body, input),

    write({ output, value }, request) {
      if (output.kind === 'structure' && output.stream !== undefined)
        return { status: 200, headers: EVENT_STREAM, body: messagesOf(output, output.stream, value) };
      const body = output.kind === 'nothing' ? '{}' : JSON.stringify(toJson(output, value, output.kind));
      return { status: 200, headers: { 'content-type': answerType(request) }, body };
    },

    writeError({ error, model }, request) {
      const members = model?.shape.members;
      const messageName = members?.has('Message') === true ? 'Message' : 'message';
      const fields = model === undefined ? {} : toJson(model.shape, error.fields, error.code);
      const body = { __type: error.code, ...(isObject(fields) ? fields : {}), [messageName]: error.message };
      return {
        status: model?.status ?? error.status,
        headers: { 'content-type': answerType(request), 'x-amzn-errortype': error.code },
        body: JSON.stringify(body),
      };
    },

    faults: exceptionFaults,
  };
}

const EVENT_STREAM = { 'content-type': 'application/vnd.amazon.eventstream' };

/** What else the answer holds comes first, as an event of its own. What is thrown on the way is the stream's last message. */
async function* messagesOf(
  output: Structure,
  { name, events }: NonNullable<Structure['stream']>,
  value: unknown,
): AsyncGenerator<Uint8Array> {
  const stream: unknown = isObject(value) ? value[name] : undefined;
  if (!isStream(stream)) throw new TypeError(`the answer holds no stream ${output.name}.${name}`);
  yield message('event', 'initial-response', toJson(output, value, output.name));
  try {
    for await (const event of stream)
      for (const [kind, fields] of Object.entries(isObject(event) ? event : {})) {
        const shape = events.members.get(kind)?.shape;
        if (shape === undefined) throw new TypeError(`${events.name} has no ${kind}`);
        yield message('event', kind, toJson(shape, fields, kind));
      }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    yield message('exception', error.code, { message: error.message });
  }
}

function message(type: 'event' | 'exception', kind: string, payload: unknown): Uint8Array {
  const headers = {
    ':message-type': type,
    [`:${type}-type`]: kind,
    ':content-type': 'application/json',
  };
  return eventMessage(headers, JSON.stringify(payload));
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function answerType(request: Pick<WireRequest, 'headers'>): string {
  const asked = contentType(request);
  return CONTENT_TYPE.test(asked) ? asked : 'application/x-amz-json-1.1';
}

function readJson(body: Buffer, input: Shape): ReadInput {
  const violations: Violation[] = [];
  const value = fromJson(input, parse(body), '', violations);
  return { value, violations };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parse(body: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(utf8.decode(body));
    return value;
  } catch {
    throw new Fault('body malformed', 'The request body is not well-formed JSON in UTF-8.');
  }
}

function fromJson(shape: Shape, value: unknown, path: string, violations: Violation[]): unknown {
  switch (shape.kind) {
    case 'structure': {
      if (!isObject(value)) throw mistyped(value, 'a structure', path);
      const structure: Record<string, unknown> = {};
      for (const [name, member] of shape.members) {
        const found = Object.hasOwn(value, name) ? value[name] : undefined;
        const at = path === '' ? name : `${path}.${name}`;
        if (found !== undefined && found !== null) {
          structure[name] = fromJson(member.shape, found, at, violations);
        } else if (member.required) {
          violations.push({ kind: 'missing', path: at, structure: shape.name, of: member.shape.kind });
        }
      }
      return structure;
    }
    case 'list':
      if (!Array.isArray(value)) throw mistyped(value, 'a list', path);
      return value.map((item: unknown, index) =>
        fromJson(shape.item, item, `${path}.${index + 1}.member`, violations),
      );
    case 'dictionary':
      if (!isObject(value)) throw mistyped(value, 'a map', path);
      return Object.fromEntries(
        Object.entries(value)
          .filter(([, item]) => item !== null)
          .map(([key, item]) => [key, fromJson(shape.value, item, `${path}.${key}`, violations)]),
      );
    case 'string':
      if (typeof value !== 'string') throw mistyped(value, 'a String', path);
      if (shape.allowed?.includes(value) === false) {
        violations.push({ kind: 'not allowed', path, value, allowed: shape.allowed });
      }
      return value;
    case 'number':
      if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
      if (typeof value !== 'number') throw mistyped(value, 'a Number', path);
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw mistyped(value, 'a Boolean', path);
      return value;
    case 'timestamp':
      return timestamp(value, path);
    case 'blob':
      if (typeof value !== 'string' || !BASE64.test(value)) throw mistyped(value, 'a Blob', path);
      return new Uint8Array(Buffer.from(value, 'base64'));
    case 'document':
      return value;
    case 'nothing':
      return {};
  }
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function timestamp(value: unknown, path: string): Date {
  if (typeof value !== 'number') throw mistyped(value, 'a Timestamp', path);
  const date = new Date(Math.round(value * 1000));
  if (Number.isNaN(date.getTime())) throw new Fault('body malformed', `Not a point in time: ${path}`);
  return date;
}

/** Says what was found and what the schema wants, never the value: it may be a secret. */
function mistyped(value: unknown, wanted: string, path: string): Fault {
  const found = jsonType(value);
  return new Fault(
    'body malformed',
    `${found} can not be converted to ${wanted}${path === '' ? '' : ` at '${path}'`}`,
  );
}

function jsonType(value: unknown): string {
  if (value === null || value === undefined) return 'NULL_VALUE';
  if (Array.isArray(value)) return 'START_ARRAY';
  if (typeof value === 'object') return 'START_OBJECT';
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
  return `${typeof value}_VALUE`.toUpperCase();
}

function toJson(shape: Shape, value: unknown, path: string): unknown {
  switch (shape.kind) {
    case 'structure': {
      if (!isObject(value)) throw unlike(shape, path);
      const structure: Record<string, unknown> = {};
      for (const [name, member] of shape.members) {
        const found = value[name];
        if (found !== undefined && found !== null)
          structure[name] = toJson(member.shape, found, `${path}.${name}`);
      }
      return structure;
    }
    case 'list':
      if (!Array.isArray(value)) throw unlike(shape, path);
      return value.map((item: unknown, index) => toJson(shape.item, item, `${path}.${index}`));
    case 'dictionary':
      if (!isObject(value)) throw unlike(shape, path);
      return Object.fromEntries(
        Object.entries(value)
          .filter(([, item]) => item !== undefined && item !== null)
          .map(([key, item]) => [key, toJson(shape.value, item, `${path}.${key}`)]),
      );
    case 'number':
      if (typeof value !== 'number') throw unlike(shape, path);
      return Number.isFinite(value) ? value : String(value);
    case 'string':
    case 'boolean':
      if (typeof value !== shape.kind) throw unlike(shape, path);
      return value;
    case 'timestamp':
      if (!(value instanceof Date)) throw unlike(shape, path);
      return value.getTime() / 1000;
    case 'blob':
      if (!(value instanceof Uint8Array)) throw unlike(shape, path);
      return Buffer.from(value).toString('base64');
    case 'document':
      return value;
    case 'nothing':
      return {};
  }
}

function unlike(shape: Shape, path: string): TypeError {
  return new TypeError(`the answer holds at ${path} what is not a ${shape.kind}`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
