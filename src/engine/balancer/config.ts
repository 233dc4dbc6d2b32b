import type {
  Action,
  BalancerConfig,
  HeaderRules,
  HealthCheckConfig,
  ListenerConfig,
  QueryPattern,
  RuleConditions,
  RuleConfig,
  TargetConfig,
  TargetGroupConfig,
  Timeouts,
} from './wanted.ts';

/** The config is not one: where, and what was expected there. */
export class ConfigFault extends Error {
  override readonly name = 'ConfigFault';
}

/** Checks a config that came as JSON, from the engine or from the disk. Throws ConfigFault. Unknown fields are left out. */
export function readConfig(value: unknown): BalancerConfig {
  const config = new Place(value, '');
  const read: BalancerConfig = {
    version: config.at('version').integer(0),
    timeouts: config.optional('timeouts', readTimeouts),
    listeners: config.at('listeners').list(readListener),
    targetGroups: config.at('targetGroups').list(readGroup),
  };
  checkReferences(read);
  return read;
}

function readTimeouts(node: Place): Partial<Timeouts> {
  const milliseconds = (field: Place) => field.integer(1);
  const read = {
    clientIdleMs: node.optional('clientIdleMs', milliseconds),
    headReadMs: node.optional('headReadMs', milliseconds),
    targetIdleMs: node.optional('targetIdleMs', milliseconds),
    connectMs: node.optional('connectMs', milliseconds),
  };
  return Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
}

function readListener(node: Place): ListenerConfig {
  return {
    arn: node.at('arn').text(),
    host: node.at('host').loopback(),
    port: node.at('port').integer(0, 65_535),
    rules: node.at('rules').list(readRule),
    defaultAction: readAction(node.at('defaultAction')),
    maxRequestBodyBytes: node.optional('maxRequestBodyBytes', (field) => field.integer(0)),
    idleMs: node.optional('idleMs', (field) => field.integer(1)),
    connectionAgeMs: node.optional('connectionAgeMs', (field) => field.integer(1)),
    headers: node.optional('headers', readHeaderRules),
    responseHeaders: node.optional('responseHeaders', (field) => ({
      set: field
        .at('set')
        .list((item) => ({ name: item.at('name').token(), value: item.at('value').line() })),
      server: field.at('server').boolean(),
    })),
  };
}

function readHeaderRules(node: Place): HeaderRules {
  const forwardedFor = node.at('forwardedFor').text();
  if (forwardedFor !== 'append' && forwardedFor !== 'preserve' && forwardedFor !== 'remove')
    return node.at('forwardedFor').fail('append, preserve or remove');
  return {
    forwardedFor,
    clientPort: node.at('clientPort').boolean(),
    dropInvalid: node.at('dropInvalid').boolean(),
  };
}

function readRule(node: Place): RuleConfig {
  return {
    arn: node.at('arn').text(),
    priority: node.at('priority').integer(0),
    conditions: readConditions(node.at('conditions')),
    action: readAction(node.at('action')),
  };
}

function readConditions(node: Place): RuleConditions {
  const texts = (field: Place) => field.list((item) => item.text());
  return {
    host: node.optional('host', texts),
    path: node.optional('path', texts),
    method: node.optional('method', texts),
    headers: node.optional('headers', (field) =>
      field.list((item) => ({ name: item.at('name').text(), values: texts(item.at('values')) })),
    ),
    query: node.optional('query', (field) => field.list((item) => item.list(readQueryPattern))),
    sourceIp: node.optional('sourceIp', texts),
  };
}

function readQueryPattern(node: Place): QueryPattern {
  return { key: node.optional('key', (field) => field.text()), value: node.at('value').text() };
}

function readAction(node: Place): Action {
  const text = (field: Place) => field.text();
  const type = node.at('type').text();
  switch (type) {
    case 'forward':
      return {
        type,
        groups: node
          .at('groups')
          .list((item) => ({ arn: item.at('arn').text(), weight: item.at('weight').number(0) })),
        stickiness: node.optional('stickiness', readStickiness),
      };
    case 'fixed-response':
      return {
        type,
        status: node.at('status').integer(200, 599),
        contentType: node.optional('contentType', (field) => field.line()),
        body: node.optional('body', text),
      };
    case 'redirect': {
      const status = node.at('status').integer(301, 302);
      return {
        type,
        status: status === 301 ? 301 : 302,
        protocol: node.optional('protocol', (field) => field.line()),
        host: node.optional('host', (field) => field.line()),
        port: node.optional('port', (field) => field.line()),
        path: node.optional('path', (field) => field.line()),
        query: node.optional('query', (field) => field.line()),
      };
    }
    default:
      return node.at('type').fail('forward, fixed-response or redirect');
  }
}

function readStickiness(node: Place): { durationMs: number } {
  return { durationMs: node.at('durationMs').integer(1) };
}

function readGroup(node: Place): TargetGroupConfig {
  const algorithm = node.optional('algorithm', (field) => field.text());
  if (algorithm !== undefined && algorithm !== 'round_robin' && algorithm !== 'least_outstanding_requests') {
    return node.at('algorithm').fail('round_robin or least_outstanding_requests');
  }
  return {
    arn: node.at('arn').text(),
    name: node.at('name').text(),
    healthCheck: readHealthCheck(node.at('healthCheck')),
    deregistrationDelayMs: node.at('deregistrationDelayMs').integer(0),
    slowStartMs: node.optional('slowStartMs', (field) => field.integer(0)),
    algorithm,
    stickiness: node.optional('stickiness', (field) => ({
      ...readStickiness(field),
      appCookie: field.optional('appCookie', (name) => name.line()),
    })),
    targets: node.at('targets').list(readTarget),
  };
}

function readHealthCheck(node: Place): HealthCheckConfig {
  const matcher = node.at('matcher').text();
  if (!/^\d{3}(-\d{3})?(,\d{3}(-\d{3})?)*$/.test(matcher))
    node.at('matcher').fail("statuses such as '200-299,404'");
  const path = node.at('path').text();
  if (!/^\/[\x21-\x7e]*$/.test(path)) node.at('path').fail('a path');
  return {
    enabled: node.at('enabled').boolean(),
    path,
    intervalMs: node.at('intervalMs').integer(1),
    timeoutMs: node.at('timeoutMs').integer(1),
    healthyThreshold: node.at('healthyThreshold').integer(1),
    unhealthyThreshold: node.at('unhealthyThreshold').integer(1),
    matcher,
    initialProbeMs: node.optional('initialProbeMs', (field) => field.integer(0)),
  };
}

function readTarget(node: Place): TargetConfig {
  return {
    id: node.at('id').text(),
    host: node.at('host').text(),
    port: node.at('port').integer(1, 65_535),
    draining: node.at('draining').boolean(),
  };
}

/** What no single field shows: names that mean two things, or nothing. */
function checkReferences({ listeners, targetGroups }: BalancerConfig): void {
  unique(
    'listeners',
    listeners.map(({ arn }) => arn),
  );
  unique(
    'listeners (address)',
    listeners.filter(({ port }) => port !== 0).map(({ host, port }) => `${host}:${port}`),
  );
  unique(
    'rules',
    listeners.flatMap(({ arn, rules }) => [arn, ...rules.map((rule) => rule.arn)]),
  );
  unique(
    'targetGroups',
    targetGroups.map(({ arn }) => arn),
  );
  for (const { arn, targets } of targetGroups)
    unique(
      `targets of ${arn}`,
      targets.map(({ id }) => id),
    );
  const known = new Set(targetGroups.map(({ arn }) => arn));
  const actions = listeners.flatMap(({ rules, defaultAction }) => [
    defaultAction,
    ...rules.map(({ action }) => action),
  ]);
  for (const action of actions) {
    if (action.type !== 'forward') continue;
    unique(
      'groups of a forward action',
      action.groups.map(({ arn }) => arn),
    );
    for (const { arn } of action.groups) if (!known.has(arn)) throw new ConfigFault(`no target group ${arn}`);
  }
}

function unique(what: string, names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new ConfigFault(`${what}: ${name} twice`);
    seen.add(name);
  }
}

/** A value with its place in the document. */
class Place {
  readonly #value: unknown;
  readonly #path: string;

  constructor(value: unknown, path: string) {
    this.#value = value;
    this.#path = path;
  }

  fail(expected: string): never {
    throw new ConfigFault(`${this.#path === '' ? 'config' : this.#path}: expected ${expected}`);
  }

  at(name: string): Place {
    const value = this.#value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return this.fail('an object');
    const field: unknown = Reflect.get(value, name);
    return new Place(field, this.#path === '' ? name : `${this.#path}.${name}`);
  }

  optional<T>(name: string, read: (node: Place) => T): T | undefined {
    const node = this.at(name);
    return node.#value === undefined || node.#value === null ? undefined : read(node);
  }

  list<T>(read: (node: Place) => T): T[] {
    if (!Array.isArray(this.#value)) return this.fail('a list');
    return this.#value.map((item: unknown, index) => read(new Place(item, `${this.#path}[${index}]`)));
  }

  text(): string {
    return typeof this.#value === 'string' ? this.#value : this.fail('text');
  }

  /** Text for a header: one line, ASCII. */
  line(): string {
    const text = this.text();
    return /^[\x20-\x7e]*$/.test(text) ? text : this.fail('one line of ASCII');
  }

  /** The name of a header. */
  token(): string {
    const text = this.text();
    return /^[-A-Za-z0-9]+$/.test(text) ? text : this.fail('the name of a header');
  }

  /** Nothing here is for other machines. */
  loopback(): string {
    const text = this.text();
    return text === '127.0.0.1' || text === '::1' ? text : this.fail('127.0.0.1 or ::1');
  }

  number(min: number): number {
    return typeof this.#value === 'number' && this.#value >= min
      ? this.#value
      : this.fail(`a number from ${min}`);
  }

  integer(min: number, max = Number.MAX_SAFE_INTEGER): number {
    const value = this.#value;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max)
      return value;
    return this.fail(`an integer from ${min}${max === Number.MAX_SAFE_INTEGER ? '' : ` to ${max}`}`);
  }

  boolean(): boolean {
    return typeof this.#value === 'boolean' ? this.#value : this.fail('true or false');
  }
}
