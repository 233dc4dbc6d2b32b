import { S3Error } from './failure.ts';

/** What a statement of a bucket's policy says of people without the key; what it says of others has no effect here. */
export interface Statement {
  readonly allows: boolean;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

/**
 * The statements of a policy that are about everybody. Fails with `MalformedPolicy`, also for what would have to be
 * understood to be safe: conditions, and exceptions by NotAction, NotPrincipal and NotResource.
 */
export function readPolicy(text: string): readonly Statement[] {
  const policy = parsed(text);
  const statements = fieldOf(policy, 'Statement');
  const list = Array.isArray(statements) ? statements : [statements];
  return list.flatMap((statement: unknown) => {
    const effect = fieldOf(statement, 'Effect');
    if (effect !== 'Allow' && effect !== 'Deny') throw malformed('a statement has no Effect');
    for (const name of ['Condition', 'NotAction', 'NotPrincipal', 'NotResource'])
      if (fieldOf(statement, name) !== undefined) throw malformed(`${name} is not understood here`);
    const actions = texts(fieldOf(statement, 'Action'), 'Action');
    const resources = texts(fieldOf(statement, 'Resource'), 'Resource');
    if (!isEverybody(fieldOf(statement, 'Principal'))) return [];
    return [{ allows: effect === 'Allow', actions, resources }];
  });
}

/** Whether somebody without the key may do this: a Deny goes before an Allow. */
export function everybodyMay(statements: readonly Statement[], action: string, resource: string): boolean {
  const meant = statements.filter(
    ({ actions, resources }) =>
      actions.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
      resources.some((pattern) => matches(pattern, resource)),
  );
  return meant.length > 0 && meant.every(({ allows }) => allows);
}

function isEverybody(principal: unknown): boolean {
  if (principal === '*') return true;
  const aws = fieldOf(principal, 'AWS');
  return aws === '*' || (Array.isArray(aws) && aws.includes('*'));
}

/** `*` for any text, `?` for one character. */
function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

function texts(value: unknown, name: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const found = list.filter((item) => typeof item === 'string');
  if (found.length === 0 || found.length !== list.length) throw malformed(`a statement has no ${name}`);
  return found;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new S3Error('MalformedPolicy');
  }
}

const malformed = (why: string): S3Error =>
  new S3Error('MalformedPolicy', {}, `The policy cannot be taken: ${why}.`);
