// Writes what follows from the schema of the description: docs/reference.md for people, and the types with their
// docstrings that an editor shows (src/app/description.ts).
//   node scripts/reference.ts
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { app, environment } from '../src/app/schema/settings.ts';

const root = join(import.meta.dirname, '..');

/** The part of JSON Schema that the description's schema comes out as, and what its `meta` adds. */
interface Node {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Node | boolean;
  readonly propertyNames?: Node;
  readonly items?: Node;
  readonly prefixItems?: readonly Node[];
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  /** What happens where nothing is said, in words. */
  readonly byDefault?: string;
  readonly example?: unknown;
  /** The type as TypeScript says it best. */
  readonly typescript?: string;
  /** The type of a table's keys. */
  readonly keys?: string;
  /** The same where not every key must be there. */
  readonly someKeys?: string;
}

type Definitions = ReadonlyMap<string, Node>;

export interface Reference {
  readonly markdown: string;
  readonly types: string;
}

/** Both files, as they should be. */
export function reference(): Reference {
  const { $defs } = plain(z.toJSONSchema(z.strictObject({ app, environment }), { io: 'input' }));
  const definitions = new Map(Object.entries($defs));
  return { markdown: markdownOf(definitions), types: formatted(typesOf(definitions)) };
}

function plain(schema: unknown): { $defs: Record<string, Node> } {
  return JSON.parse(JSON.stringify(schema));
}

function nameOf(ref: string): string {
  return ref.slice(ref.lastIndexOf('/') + 1);
}

// --- types -----------------------------------------------------------------------------------------------------------

const PARAMETERS = ['Services', 'Stores'] as const;
/** Follows the name of a type that may need parameters, until it is known which. */
const OPEN = '§';

function typesOf(definitions: Definitions): string {
  const bodies = new Map([...definitions].map(([name, node]) => [name, declaration(name, node)]));
  const parameters = parametersOf(bodies);
  const list = (name: string, suffix: string) => {
    const used = parameters.get(name) ?? [];
    return used.length === 0 ? name : `${name}<${used.map((parameter) => parameter + suffix).join(', ')}>`;
  };
  const text = [...bodies].map(([name, body]) =>
    body
      .replace(`${name}${OPEN}`, list(name, ' extends string = string'))
      .replaceAll(new RegExp(`(\\w+)${OPEN}`, 'g'), (_, used: string) => list(used, '')),
  );
  return `// Written by scripts/reference.ts from src/app/schema: change it there.\nimport type { Override } from './override.ts';\n\n${text.join('\n')}\n${ENVIRONMENT}`;
}

const ENVIRONMENT = `
/** What an environment says: any part of its settings again, \`null\` to remove what the app says. */
export type EnvironmentDescription<Services extends string = string, Stores extends string = string> =
  Override<EnvironmentSettings<Services, Stores>>;
`;

/** Which parameters each type needs: those it mentions, and those of the types it is made of. */
function parametersOf(bodies: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const parameters = new Map<string, readonly string[]>();
  for (let settled = false; !settled;) {
    settled = true;
    for (const [name, body] of bodies) {
      const code = body.replaceAll(/\/\*\*.*?\*\//gs, '');
      const used = PARAMETERS.filter(
        (parameter) =>
          new RegExp(`\\b${parameter}\\b`).test(code) ||
          [...parameters].some(
            ([other, needed]) => new RegExp(`\\b${other}${OPEN}`).test(code) && needed.includes(parameter),
          ),
      );
      if (used.length > (parameters.get(name)?.length ?? 0)) settled = false;
      parameters.set(name, used);
    }
  }
  return parameters;
}

function declaration(name: string, node: Node): string {
  const doc = docstring(node);
  if (node.properties === undefined || node.typescript !== undefined)
    return `${doc}export type ${name}${OPEN} = ${typeOf(node)};\n`;
  // Never extended, so that a union of them stays exact; unused parameters would be refused, hence counted.
  return `${doc}export interface ${name}${OPEN} ${membersOf(node)}\n`;
}

function membersOf(node: Node): string {
  const required = new Set(node.required);
  const members = Object.entries(node.properties ?? {}).map(
    ([key, property]) =>
      `${docstring(property)}readonly ${key}${required.has(key) ? '' : '?'}: ${typeOf(property)};`,
  );
  return `{\n${members.join('\n')}\n}`;
}

function docstring(node: Node): string {
  const lines = [node.description, defaultText(node) && `Default: ${defaultText(node)}.`].filter(
    (line) => line !== undefined,
  );
  const example = node.example === undefined ? [] : [`@example ${asCode(node.example)}`];
  if (lines.length + example.length === 0) return '';
  return `/**\n${[lines.join(' '), ...example].map((line) => ` * ${line.replaceAll('*/', '*\\/')}`).join('\n')}\n */\n`;
}

function typeOf(node: Node): string {
  if (node.typescript !== undefined) return node.typescript;
  if (node.$ref !== undefined) return `${nameOf(node.$ref)}${OPEN}`;
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum !== undefined) return node.enum.map((value) => JSON.stringify(value)).join(' | ');
  const options = node.anyOf ?? node.oneOf;
  if (options !== undefined) return options.map(typeOf).join(' | ');
  switch (node.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return node.type;
    case 'number':
    case 'integer':
      return 'number';
    case 'array':
      if (node.prefixItems !== undefined) return `readonly [${node.prefixItems.map(typeOf).join(', ')}]`;
      return `readonly (${typeOf(node.items ?? {})})[]`;
    case 'object':
      return node.properties === undefined ? tableOf(node) : membersOf(node);
    case undefined:
    default:
      return 'unknown';
  }
}

function tableOf(node: Node): string {
  const value = typeof node.additionalProperties === 'object' ? typeOf(node.additionalProperties) : 'unknown';
  const names = node.propertyNames?.enum;
  const some =
    node.someKeys ??
    (names === undefined ? undefined : names.map((name) => JSON.stringify(name)).join(' | '));
  if (some !== undefined) return `{ readonly [Name in ${some}]?: ${value} }`;
  return `Readonly<Record<${node.keys ?? 'string'}, ${value}>>`;
}

function formatted(source: string): string {
  const { status, stdout, stderr } = spawnSync(
    join(root, 'node_modules/.bin/oxfmt'),
    ['--stdin-filepath', 'src/app/description.ts'],
    {
      cwd: root,
      input: source,
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(`oxfmt could not format the types: ${stderr}`);
  return stdout;
}

// --- documentation ---------------------------------------------------------------------------------------------------

const INTRODUCTION = `# Reference of \`fairway.config.ts\`

Written by \`scripts/reference.ts\` from the schema that \`fairway check\` uses; it cannot be out of date.

An app says what it is once. Each of its \`environments\` may say any setting again, in part: objects are laid over those of
the app key by key, lists and references are replaced, and \`null\` removes. \`local\` exists without being said: it runs on
the embedded engine, on this machine; every other environment runs on Amazon ECS unless it says \`engine: 'embedded'\`.
Everything that has a name is a key: services, stores, gates, alarms, secrets.

\`\`\`ts
import { defineApp } from 'fairway';

export default defineApp({
  name: 'guestbook',
  services: {
    web: {
      kind: 'web',
      build: { command: 'npm run build', include: ['dist/**'] },
      command: 'node dist/server.js',
      port: 8080,
      health: { path: '/health' },
      variables: { DATABASE_URL: { store: 'db', property: 'url' } },
    },
  },
  stores: { db: { kind: 'postgres' } },
  environments: { production: { region: 'eu-central-1', services: { web: { replicas: 2 } } } },
});
\`\`\`

On the embedded engine a task listens on \`127.0.0.1\` at the port it is given in \`PORT\`.

What a description asks for and this version does not do yet is refused when that environment is deployed, with "not yet" and
the path; \`fairway check\`, \`plan\` and \`render\` work all the same. On the embedded engine, settings that only matter on AWS
(registries, domain, region, approvals, alarms, scaling, sizes, notifications) are no request where they are inherited from the
app, and one where the environment says them itself.
`;

function markdownOf(definitions: Definitions): string {
  const order = reachable(definitions, ['AppDescription', 'EnvironmentSettings']);
  const sections = order.map((name) => sectionOf(name, definitions));
  const contents = order.map((name) => `- ${linkTo(name)}`);
  return `${INTRODUCTION}\n## Contents\n${contents.join('\n')}\n\n${sections.join('\n')}`;
}

/** Breadth first from the roots: what is read first comes first. */
function reachable(definitions: Definitions, roots: readonly string[]): readonly string[] {
  const order = [...roots];
  for (const name of order) {
    for (const [, next = ''] of JSON.stringify(definitions.get(name) ?? {}).matchAll(
      /"\$ref":"[^"]*\/(\w+)"/g,
    )) {
      if (!order.includes(next)) order.push(next);
    }
  }
  return order;
}

function titleOf(name: string): string {
  const words = name
    .replace(/Description$/, '')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function linkTo(name: string): string {
  return `[${titleOf(name)}](#${titleOf(name).toLowerCase().replaceAll(' ', '-')})`;
}

function sectionOf(name: string, definitions: Definitions): string {
  const node = definitions.get(name) ?? {};
  const head = `## ${titleOf(name)}\n${node.description === undefined ? '' : `${node.description}\n`}`;
  if (node.properties === undefined) return `${head}\n${sentence(typeText(node))}\n`;
  const rows = rowsOf(name === 'EnvironmentSettings' ? ownOf(node, definitions) : node, '');
  const also =
    name === 'EnvironmentSettings'
      ? `\nEvery key of ${linkTo('AppDescription')} from \`services\` to \`gates\`, and:\n`
      : '';
  return `${head}${also}\n| key | type | default | meaning | example |\n|---|---|---|---|---|\n${rows.join('\n')}\n`;
}

/** What only an environment says; the rest stands in the table of the app. */
function ownOf(node: Node, definitions: Definitions): Node {
  const app = definitions.get('AppDescription')?.properties ?? {};
  const own = Object.entries(node.properties ?? {}).filter(
    ([key]) => app[key] === undefined || key === 'gates',
  );
  return { properties: Object.fromEntries(own) };
}

function sentence(type: string): string {
  return `Type: ${type}.`;
}

function rowsOf(node: Node, prefix: string): readonly string[] {
  const required = new Set(node.required);
  return Object.entries(node.properties ?? {}).flatMap(([key, property]) => {
    const inner = property.properties === undefined ? [] : rowsOf(property, `${prefix}${key}.`);
    const byDefault = required.has(key) ? '**required**' : (defaultText(property) ?? '');
    const example = property.example === undefined ? '' : `\`${asCode(property.example)}\``;
    const cells = [`\`${prefix}${key}\``, typeText(property), byDefault, property.description ?? '', example];
    return [`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`, ...inner];
  });
}

function defaultText(node: Node): string | undefined {
  if (node.byDefault !== undefined) return node.byDefault;
  return node.default === undefined ? undefined : `\`${asCode(node.default)}\``;
}

function typeText(node: Node): string {
  if (node.$ref !== undefined) return linkTo(nameOf(node.$ref));
  if (node.const !== undefined) return `\`${asCode(node.const)}\``;
  if (node.enum !== undefined) return node.enum.map((value) => `\`${asCode(value)}\``).join(', ');
  const options = node.anyOf ?? node.oneOf;
  if (options !== undefined) return [...new Set(options.map(typeText))].join(' or ');
  switch (node.type) {
    case 'array':
      return node.prefixItems === undefined
        ? `list of ${typeText(node.items ?? {})}`
        : node.prefixItems.map(typeText).join(', ');
    case 'integer':
      return 'whole number';
    case 'object': {
      if (node.properties !== undefined) return 'object';
      const value = node.additionalProperties;
      if (typeof value !== 'object' || value.type === 'object')
        return node.keys === 'string' ? `[Environment settings](#environment-settings) by name` : 'table';
      return `${typeText(value)} by name`;
    }
    case undefined:
      return 'anything';
    default:
      return node.type;
  }
}

/** As one would write it in TypeScript. */
function asCode(value: unknown): string {
  if (typeof value === 'string') return `'${value.replaceAll("'", "\\'")}'`;
  if (Array.isArray(value)) return `[${value.map(asCode).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(
      ([key, entry]) => `${/^[A-Za-z_]\w*$/.test(key) ? key : `'${key}'`}: ${asCode(entry)}`,
    );
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  return String(value);
}

if (import.meta.main) {
  const { markdown, types } = reference();
  writeFileSync(join(root, 'docs/reference.md'), markdown);
  writeFileSync(join(root, 'src/app/description.ts'), types);
}
