// Writes the tables of docs/engine.md that follow from the source:
//   node test/engine/docs/tables.ts
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { serviceNames, servicesFor } from '../../../src/engine/api/services.ts';
import { usage } from '../../../src/engine/daemon/arguments.ts';
import { behaviours, defaultAssumptions } from '../../../src/engine/deployments/behaviours.ts';
import type { Behaviour } from '../../../src/engine/deployments/behaviours.ts';
import { operationsAnsweredBy } from '../api/stub-operations.ts';

export const page = fileURLToPath(new URL('../../../docs/engine.md', import.meta.url));

/** The page with its tables as they should be. */
export async function withTables(text: string): Promise<string> {
  const tables = {
    options: `\`\`\`\n${usage}\n\`\`\``,
    operations: await operationsTable(),
    behaviours: table(
      ['behaviour', 'standing', 'switch, and its value'],
      behaviours.map((one) => [one.what, standingOf(one), switchOf(one)]),
    ),
  };
  let result = text;
  for (const [name, content] of Object.entries(tables)) {
    const place = new RegExp(`(<!-- ${name}:start -->\n)[^]*?(<!-- ${name}:end -->)`);
    if (!place.test(result)) throw new Error(`the page has no place for ${name}`);
    result = result.replace(place, (_, start: string, end: string) => `${start}${content}\n${end}`);
  }
  return result;
}

const titles: Readonly<Record<string, string>> = {
  ssm: 'Systems Manager',
  'application-autoscaling': 'Application Auto Scaling',
  sts: 'STS',
  iam: 'IAM',
  secretsmanager: 'Secrets Manager',
  ecs: 'ECS',
  elasticloadbalancing: 'Elastic Load Balancing v2',
  logs: 'CloudWatch Logs',
  monitoring: 'CloudWatch',
};

async function operationsTable(): Promise<string> {
  const find = servicesFor(operationsAnsweredBy(async () => ({})));
  const rows = await Promise.all(
    serviceNames.map(async (name) => {
      const service = await find(name);
      return [titles[name] ?? name, [...(service?.operations.keys() ?? [])].toSorted().join(', ')];
    }),
  );
  return table(
    ['service', 'operations'],
    rows.toSorted(([one = ''], [other = '']) => (one < other ? -1 : 1)),
  );
}

function standingOf(one: Behaviour): string {
  switch (one.standing) {
    case 'documented':
      return `[documented](${one.page})`;
    case 'observed':
      return `observed by ${one.by}`;
    case 'assumed':
      return 'assumed';
  }
}

function switchOf(one: Behaviour): string {
  if (one.standing === 'documented' || one.assumption === undefined) return '';
  return `\`${one.assumption}\`: \`${JSON.stringify(defaultAssumptions[one.assumption])}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

if (import.meta.main) writeFileSync(page, await withTables(readFileSync(page, 'utf8')));
