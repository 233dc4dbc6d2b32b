import type { Environment } from '../../app/environment.ts';
import type { LocalValue } from '../../ecs/platform/values.ts';

/** What may be said of a secret or parameter: everything but its value. */
export interface ShownValue {
  readonly kind: 'secret' | 'parameter';
  readonly name: string;
  /** One key of a secret that holds several; null for the whole, and for parameters. */
  readonly key: string | null;
  readonly usedBy: readonly { readonly service: string; readonly variable: string }[];
  /** Where the next deployment takes its value from; null where it has none. */
  readonly value: '.env' | 'kept' | null;
  /** The newest that is kept: what tasks have got, or get at the next deployment. */
  readonly version: number | null;
  readonly since: string | null;
}

export function shownValue({ users, given, kept }: LocalValue): ShownValue {
  const [{ variable }] = users;
  const { value: source } = variable;
  return {
    kind: source.from === 'parameter' ? 'parameter' : 'secret',
    name: 'name' in source ? source.name : '',
    key: source.from === 'secret' ? source.key : null,
    usedBy: users.map((user) => ({ service: user.service, variable: user.variable.name })),
    value: given !== null ? '.env' : kept !== null ? 'kept' : null,
    version: kept?.version ?? null,
    since: kept?.since.toISOString() ?? null,
  };
}

/** As the command line takes it: `shop#token`, `/prod/domain`. */
export function nameOf({ reference }: Pick<LocalValue, 'reference'>): string {
  return reference.slice(reference.indexOf(':') + 1);
}

export function listText({ app, name }: Environment, values: readonly ShownValue[]): string {
  if (values.length === 0) return `${app} in ${name}: no variable comes from a secret or parameter`;
  const rows = values.map((value) => ({
    name: `${value.name}${value.key === null ? '' : `#${value.key}`}`,
    state: stateOf(value),
    used: value.usedBy.map(({ service, variable }) => `${service}.${variable}`).join(', '),
    kind: value.kind,
  }));
  const [names, states] = [
    Math.max(...rows.map((row) => row.name.length)),
    Math.max(...rows.map((row) => row.state.length)),
  ];
  const lines = rows.map(
    (row) => `  ${row.kind.padEnd(9)}  ${row.name.padEnd(names)}  ${row.state.padEnd(states)}  ${row.used}`,
  );
  const missing = values.filter(({ value }) => value === null).length;
  const end =
    missing === 0
      ? []
      : ['', `${missing} without a value: give it with \`fairway secrets set <name>\`, or in .env.`];
  return [`${app} in ${name}`, ...lines, ...end].join('\n');
}

function stateOf({ value, version, since }: ShownValue): string {
  if (value === null) return 'no value';
  const from = value === '.env' ? 'from .env' : 'kept';
  return version === null
    ? from
    : `${from}, version ${version} since ${since?.slice(0, 16).replace('T', ' ')} UTC`;
}
