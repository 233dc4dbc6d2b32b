import type { Found } from '../problems.ts';
import type { EnvironmentRule } from './rule.ts';

/** What an engine must be told, and what it has no use for. */
export const placement: EnvironmentRule = ({ settings, engine, name }) => {
  const found: Found[] = [];
  if (engine === 'ecs' && settings.region === undefined) {
    found.push({
      code: 'missing-key',
      path: ['region'],
      what: `\`${name}\` runs on Amazon ECS, and no region is said.`,
      why: 'Expected an AWS region such as "eu-central-1".',
      next: "Add `region`, or say `engine: 'embedded'`.",
    });
  }
  if (engine === 'ecs' && settings.ports !== undefined) {
    found.push({
      code: 'ports-on-aws',
      path: ['ports'],
      what: `\`${name}\` runs on Amazon ECS, where there are no ports of this machine.`,
      next: "Remove `ports`, or say `engine: 'embedded'`.",
    });
  }
  const { public: open, test } = settings.ports ?? {};
  if (open !== undefined && open === test) {
    found.push({
      code: 'port-taken-twice',
      path: ['ports', 'test'],
      what: `Users and tests cannot both come in at port ${open}.`,
      next: 'Choose another one for `test`.',
    });
  }
  if (Object.keys(settings.services).length === 0) {
    found.push({
      code: 'no-service',
      path: ['services'],
      what: 'The app has no service.',
      next: 'Describe at least one under `services`.',
    });
  }
  return found;
};
