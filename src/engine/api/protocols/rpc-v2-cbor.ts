import { Fault } from '../fault.ts';
import type { Protocol, ReadInput } from '../protocol.ts';
import { contentType, header } from '../request.ts';
import type { WireRequest } from '../request.ts';
import type { Shape } from '../shape.ts';
import type { Violation } from '../violation.ts';
import { exceptionFaults } from './exception-faults.ts';
import { CborDouble, CborTag, decodeCbor, encodeCbor } from './cbor.ts';
import type { CborItem } from './cbor.ts';

export interface RpcV2Service {
  /** As it stands in the path: `/service/<name>/operation/<operation>`. */
  readonly service: string;
  /** In front of an error's name: `com.amazonaws.cloudwatch`. */
  readonly namespace: string;
  /** The members of answers that are whole numbers: the SDK's schemas do not tell, and some clients mind. */
  readonly integers: ReadonlySet<string>;
}

const HEADERS = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' };

/** Smithy RPC v2 with CBOR. https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html */
export function rpcV2CborProtocol({ service, namespace, integers }: RpcV2Service): Protocol {
  return {
    claims: (request) => header(request, 'smithy-protocol') === 'rpc-v2-cbor',

    operationName({ target }) {
      const [, asked, operation] = /\/service\/([^/?]+)\/operation\/(\w+)(?:\?|$)/.exec(target) ?? [];
      if (operation === undefined || asked !== service)
        throw new Fault('operation unknown', 'The requested operation is not known here.');
      return operation;
    },

    read: (request, input) => readCbor(request, input),

    write({ output, value }) {
      const body = output.kind === 'nothing' ? new Map() : toCbor(output, value, output.kind, integers);
      return { status: 200, headers: HEADERS, body: encodeCbor(body) };
    },

    writeError({ error, model }) {
      const members = model?.shape.members;
      const fields =
        model === undefined ? new Map() : toCbor(model.shape, error.fields, error.code, integers);
      const body = new Map<string, CborItem>([
        ['__type', `${namespace}#${error.code}`],
        ...(fields instanceof Map ? fields : []),
        [members?.has('Message') === true ? 'Message' : 'message', error.message],
      ]);
      return { status: model?.status ?? error.status, headers: HEADERS, body: encodeCbor(body) };
    },

    faults: {
      ...exceptionFaults,
      'operation unknown': { code: 'UnknownOperationException', status: 404 },
    },
  };
}

function readCbor(request: WireRequest, input: Shape): ReadInput {
  const violations: Violation[] = [];
  // An operation without input is sent without a body.
  const item = request.body.length === 0 ? new Map<string, CborItem>() : parse(request);
  return { value: fromCbor(input, item, '', violations), violations };
}

function parse(request: WireRequest): CborItem {
  try {
    if (contentType(request) === 'application/cbor') return decodeCbor(request.body);
  } catch {
    // Told below.
  }
  throw new Fault('body malformed', 'The request body is not well-formed CBOR.');
}

function fromCbor(shape: Shape, item: CborItem, path: string, violations: Violation[]): unknown {
  switch (shape.kind) {
    case 'structure': {
      if (!(item instanceof Map)) throw mistyped('a structure', path);
      const structure: Record<string, unknown> = {};
      for (const [name, member] of shape.members) {
        const found = item.get(name) ?? null;
        const at = path === '' ? name : `${path}.${name}`;
        if (found !== null) structure[name] = fromCbor(member.shape, found, at, violations);
        else if (member.required)
          violations.push({ kind: 'missing', path: at, structure: shape.name, of: member.shape.kind });
      }
      return structure;
    }
    case 'list':
      if (!Array.isArray(item)) throw mistyped('a list', path);
      return item.map((one: CborItem, index) =>
        fromCbor(shape.item, one, `${path}.${index + 1}.member`, violations),
      );
    case 'dictionary':
      if (!(item instanceof Map)) throw mistyped('a map', path);
      return Object.fromEntries(
        [...item]
          .filter(([, one]) => one !== null)
          .map(([key, one]) => [key, fromCbor(shape.value, one, `${path}.${key}`, violations)]),
      );
    case 'string':
      if (typeof item !== 'string') throw mistyped('a String', path);
      if (shape.allowed?.includes(item) === false)
        violations.push({ kind: 'not allowed', path, value: item, allowed: shape.allowed });
      return item;
    case 'number':
      if (typeof item !== 'number') throw mistyped('a Number', path);
      return item;
    case 'boolean':
      if (typeof item !== 'boolean') throw mistyped('a Boolean', path);
      return item;
    case 'timestamp':
      return timestamp(item, path);
    case 'blob':
      if (!(item instanceof Uint8Array)) throw mistyped('a Blob', path);
      return item;
    case 'nothing':
      return {};
    case 'document':
      throw mistyped('in this protocol', path);
  }
}

/** Tag 1: seconds since the epoch. */
const epochTag = 1;

function timestamp(item: CborItem, path: string): Date {
  const seconds = item instanceof CborTag && item.tag === epochTag ? item.value : null;
  const date = new Date(typeof seconds === 'number' ? Math.round(seconds * 1000) : NaN);
  if (Number.isNaN(date.getTime())) throw mistyped('a Timestamp', path);
  return date;
}

/** Never repeats the value: it may be a secret. */
function mistyped(wanted: string, path: string): Fault {
  return new Fault('body malformed', `What is sent can not be converted to ${wanted} at '${path}'`);
}

function toCbor(shape: Shape, value: unknown, path: string, integers: ReadonlySet<string>): CborItem {
  switch (shape.kind) {
    case 'structure': {
      if (!isObject(value)) throw unlike(shape, path);
      const structure = new Map<string, CborItem>();
      for (const [name, member] of shape.members) {
        const found = value[name];
        if (found !== undefined && found !== null)
          structure.set(name, toCbor(member.shape, found, `${path}.${name}`, integers));
      }
      return structure;
    }
    case 'list':
      if (!Array.isArray(value)) throw unlike(shape, path);
      return value.map((item: unknown) => toCbor(shape.item, item, path, integers));
    case 'dictionary':
      if (!isObject(value)) throw unlike(shape, path);
      return new Map(
        Object.entries(value)
          .filter(([, item]) => item !== undefined && item !== null)
          .map(([key, item]) => [key, toCbor(shape.value, item, path, integers)]),
      );
    case 'number':
      if (typeof value !== 'number') throw unlike(shape, path);
      return integers.has(path.slice(path.lastIndexOf('.') + 1)) ? value : new CborDouble(value);
    case 'string':
      if (typeof value !== 'string') throw unlike(shape, path);
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw unlike(shape, path);
      return value;
    case 'timestamp':
      if (!(value instanceof Date)) throw unlike(shape, path);
      return new CborTag(epochTag, new CborDouble(value.getTime() / 1000));
    case 'blob':
      if (!(value instanceof Uint8Array)) throw unlike(shape, path);
      return value;
    case 'nothing':
      return new Map();
    case 'document':
      throw unlike(shape, path);
  }
}

function unlike(shape: Shape, path: string): TypeError {
  return new TypeError(`the answer holds at ${path} what is not a ${shape.kind}`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
