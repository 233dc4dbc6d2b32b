import { Fault } from '../fault.ts';
import type { Protocol } from '../protocol.ts';
import { contentType } from '../request.ts';
import type { WireRequest } from '../request.ts';
import type { Dictionary, List, Shape, Structure } from '../shape.ts';
import type { Violation } from '../violation.ts';
import { parseForm } from './form.ts';
import type { Branch } from './form.ts';
import { contentOf, element, text } from './xml.ts';

const XML = { 'content-type': 'text/xml' };

/**
 * AWS Query: parameters in a form, answers in XML. https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 * `version` is the API's date, `namespace` its answers'.
 */
export function queryProtocol({ version, namespace }: { version: string; namespace: string }): Protocol {
  return {
    claims: (request) => contentType(request) === 'application/x-www-form-urlencoded',

    operationName(request) {
      const { branches } = parseForm(request.body);
      const action = branches.get('Action')?.value;
      const asked = branches.get('Version')?.value;
      if (!action) throw new Fault('operation unknown', 'The request must contain the parameter Action');
      if (asked !== undefined && asked !== version) {
        throw new Fault('operation unknown', `Could not find operation ${action} for version ${asked}`);
      }
      return action;
    },

    read(request: WireRequest, input: Shape) {
      const violations: Violation[] = [];
      return { value: fromBranch(input, parseForm(request.body), '', violations), violations };
    },

    write({ operation, output, value, requestId }) {
      const result = element(`${operation}Result`, contentOf(output, value, operation));
      const metadata = element('ResponseMetadata', element('RequestId', text(requestId)));
      const body = `<${operation}Response xmlns="${namespace}">${result}${metadata}</${operation}Response>`;
      return { status: 200, headers: XML, body };
    },

    writeError({ error, model, requestId }) {
      const status = model?.query?.status ?? model?.status ?? error.status;
      const fields =
        model === undefined ? '' : contentOf(withoutMessage(model.shape), error.fields, error.code);
      const inner =
        element('Type', status < 500 ? 'Sender' : 'Receiver') +
        element('Code', text(model?.query?.code ?? error.code)) +
        element('Message', text(error.message)) +
        fields;
      const body = `<ErrorResponse xmlns="${namespace}">${element('Error', inner)}${element('RequestId', text(requestId))}</ErrorResponse>`;
      return { status, headers: XML, body };
    },

    faults: {
      unsigned: { code: 'MissingAuthenticationToken', status: 403 },
      'signature incomplete': { code: 'IncompleteSignature', status: 400 },
      'signature wrong': { code: 'SignatureDoesNotMatch', status: 403 },
      'key unknown': { code: 'InvalidClientTokenId', status: 403 },
      'token expired': { code: 'ExpiredToken', status: 403 },
      'operation unknown': { code: 'InvalidAction', status: 400 },
      'body malformed': { code: 'MalformedInput', status: 400 },
      'body too large': { code: 'RequestEntityTooLarge', status: 413 },
      'method refused': { code: 'InvalidAction', status: 405 },
      'host refused': { code: 'AccessDenied', status: 403 },
      'engine failed': { code: 'InternalFailure', status: 500 },
    },
  };
}

function withoutMessage(shape: Structure): Structure {
  const members = [...shape.members].filter(([name]) => name.toLowerCase() !== 'message');
  return { ...shape, members: new Map(members) };
}

function fromBranch(shape: Shape, branch: Branch, path: string, violations: Violation[]): unknown {
  switch (shape.kind) {
    case 'structure':
      return structure(shape, branch, path, violations);
    case 'list':
      return list(shape, branch, path, violations);
    case 'dictionary':
      return dictionary(shape, branch, path, violations);
    case 'string': {
      const value = valueOf(branch, path);
      if (shape.allowed?.includes(value) === false) {
        violations.push({ kind: 'not allowed', path, value, allowed: shape.allowed });
      }
      return value;
    }
    case 'number': {
      const value = valueOf(branch, path);
      const number = Number(value);
      if (value.trim() === '' || (Number.isNaN(number) && value !== 'NaN')) throw mistyped('a number', path);
      return number;
    }
    case 'boolean': {
      const value = valueOf(branch, path);
      if (value !== 'true' && value !== 'false') throw mistyped('true or false', path);
      return value === 'true';
    }
    case 'timestamp':
      return timestamp(valueOf(branch, path), path);
    case 'blob':
      return new Uint8Array(Buffer.from(valueOf(branch, path), 'base64'));
    case 'nothing':
      return {};
    case 'document':
      throw mistyped('in this protocol', path);
  }
}

function structure(shape: Structure, branch: Branch, path: string, violations: Violation[]): unknown {
  const value: Record<string, unknown> = {};
  for (const [name, member] of shape.members) {
    const found = branch.branches.get(member.xmlName);
    const at = path === '' ? name : `${path}.${name}`;
    if (found === undefined) {
      if (member.required)
        violations.push({ kind: 'missing', path: at, structure: shape.name, of: member.shape.kind });
    } else {
      value[name] = fromBranch(member.shape, found, at, violations);
    }
  }
  return value;
}

/** `Names=` is the list of nothing; `Names.member.1=` the list of one empty string. */
function list(shape: List, branch: Branch, path: string, violations: Violation[]): unknown[] {
  return inOrder(branch.branches.get(shape.xmlName), path).map(([index, item]) =>
    fromBranch(shape.item, item, `${path}.${index}.member`, violations),
  );
}

function dictionary(shape: Dictionary, branch: Branch, path: string, violations: Violation[]): unknown {
  return Object.fromEntries(
    inOrder(branch.branches.get('entry'), path).map(([, entry]) => {
      const key = entry.branches.get(shape.xmlKeyName)?.value;
      const value = entry.branches.get(shape.xmlValueName);
      if (key === undefined || value === undefined) throw mistyped('a key with its value', path);
      return [key, fromBranch(shape.value, value, `${path}.${key}`, violations)];
    }),
  );
}

function inOrder(branch: Branch | undefined, path: string): [number, Branch][] {
  const numbered: [number, Branch][] = [];
  for (const [name, item] of branch?.branches ?? []) {
    if (!/^[1-9]\d{0,5}$/.test(name)) throw mistyped('numbered from 1', path);
    numbered.push([Number(name), item]);
  }
  return numbered.toSorted(([a], [b]) => a - b);
}

function valueOf(branch: Branch, path: string): string {
  if (branch.value === undefined) throw mistyped('a single value', path);
  return branch.value;
}

function timestamp(value: string, path: string): Date {
  const date = new Date(value);
  if (Number.isNaN(date.getTime())) throw mistyped('a point in time', path);
  return date;
}

/** Never repeats the value: it may be a secret. */
function mistyped(wanted: string, path: string): Fault {
  return new Fault('body malformed', `The parameter ${path} must be ${wanted}.`);
}
