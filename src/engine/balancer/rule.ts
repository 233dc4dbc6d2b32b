import { BlockList, isIP } from 'node:net';
import type { QueryPattern, RuleConditions } from './wanted.ts';
import { valueAt } from './http/fields.ts';
import type { RequestHead } from './http/request-head.ts';
import type { Matcher } from './pattern.ts';
import { anyOf, compilePattern } from './pattern.ts';

export type Condition = (head: RequestHead, clientIp: string) => boolean;

/** All conditions of a rule as one; a rule without conditions matches everything. */
export function compileConditions(conditions: RuleConditions): Condition {
  const all: Condition[] = [];
  const { host, path, method, headers = [], query = [], sourceIp } = conditions;
  if (host !== undefined) {
    const matches = anyOf(host, { ignoreCase: true });
    all.push((head) => matches(hostName(head.host)));
  }
  if (path !== undefined) {
    const matches = anyOf(path, { ignoreCase: false });
    all.push((head) => matches(head.path));
  }
  if (method !== undefined) all.push((head) => method.includes(head.method));
  for (const { name, values } of headers) all.push(headerCondition(name, values));
  for (const patterns of query) all.push(queryCondition(patterns));
  if (sourceIp !== undefined) all.push(sourceCondition(sourceIp));
  return (head, clientIp) => all.every((condition) => condition(head, clientIp));
}

/** The host without its port. */
export function hostName(host: string): string {
  const end = host.startsWith('[') ? host.indexOf(']') + 1 : host.indexOf(':');
  return end > 0 ? host.slice(0, end) : host;
}

function headerCondition(name: string, values: readonly string[]): Condition {
  const wanted = name.toLowerCase();
  const matches = anyOf(values, { ignoreCase: true });
  return ({ text, fields }) =>
    fields.names.some((field, index) => field === wanted && matches(valueAt(text, fields, index)));
}

function queryCondition(patterns: readonly QueryPattern[]): Condition {
  const any: Matcher = () => true;
  const pairs = patterns.map(({ key, value }) => ({
    key: key === undefined ? any : compilePattern(key, { ignoreCase: true }),
    value: compilePattern(value, { ignoreCase: true }),
  }));
  return ({ query }) =>
    query !== '' &&
    query.split('&').some((parameter) => {
      const equals = parameter.indexOf('=');
      const key = equals < 0 ? parameter : parameter.slice(0, equals);
      const value = equals < 0 ? '' : parameter.slice(equals + 1);
      return pairs.some((pair) => pair.key(key) && pair.value(value));
    });
}

function sourceCondition(blocks: readonly string[]): Condition {
  const list = new BlockList();
  for (const block of blocks) {
    const [address = '', bits] = block.split('/');
    const version = isIP(address);
    const most = version === 6 ? 128 : 32;
    const length = Number(bits ?? most);
    // A block that is none matches nobody: it must not keep a whole config from being taken.
    if (version === 0 || !Number.isInteger(length) || length < 0 || length > most) continue;
    list.addSubnet(address, length, version === 6 ? 'ipv6' : 'ipv4');
  }
  return (_, clientIp) => list.check(clientIp, isIP(clientIp) === 6 ? 'ipv6' : 'ipv4');
}
