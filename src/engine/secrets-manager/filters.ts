import type { Filter } from '@aws-sdk/client-secrets-manager';
import type { Core } from '../core.ts';
import type { SecretRow } from '../model/secrets.ts';
import { invalidParameter } from './failures.ts';

/**
 * Every filter must hold, and of each one of its values; `!` before the first turns a filter around.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_search-secret.html
 */
export function matching(core: Core, filters: readonly Filter[]): SecretRow[] {
  return [...core.tables.secrets.all()].filter((row) => filters.every((filter) => holds(core, row, filter)));
}

function holds(core: Core, row: SecretRow, { Key: key, Values: values }: Filter): boolean {
  if (key === undefined || values === undefined || values.length === 0)
    throw invalidParameter('Invalid filter key or values.');
  const tags = core.tables.tags.get(row.arn) ?? [];
  const keys = tags.map((tag) => tag.key ?? '');
  const tagValues = tags.map((tag) => tag.value ?? '');
  switch (key) {
    case 'name':
      return some(values, (value) => row.name.startsWith(value));
    case 'description':
      return some(values, (value) => beginsAnyCase(row.description ?? '', value));
    case 'tag-key':
      return some(values, (value) => keys.some((each) => each.startsWith(value)));
    case 'tag-value':
      return some(values, (value) => tagValues.some((each) => each.startsWith(value)));
    case 'all': {
      const texts = [row.name, row.description ?? '', ...keys, ...tagValues].map((text) =>
        text.toLowerCase(),
      );
      return some(values, (value) => words(value).some((word) => texts.some((text) => text.includes(word))));
    }
    // No secret here is a replica or of another service.
    case 'primary-region':
    case 'owning-service':
      return values[0]?.startsWith('!') === true;
  }
}

function some(values: readonly string[], matches: (value: string) => boolean): boolean {
  const [first = '', ...others] = values;
  return first.startsWith('!') ? ![first.slice(1), ...others].some(matches) : values.some(matches);
}

const beginsAnyCase = (text: string, start: string): boolean =>
  text.toLowerCase().startsWith(start.toLowerCase());

const words = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
