import type { ParametersFilter, ParameterStringFilter } from '@aws-sdk/client-ssm';
import { ApiError } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { parameterArn } from '../model/arn.ts';
import type { ParameterRow, ParameterVersion } from '../model/parameters.ts';
import { keyIdOf, labelsOf, typeOf } from './find.ts';
import { validation } from './names.ts';

/** A name without a slash is at the root. */
export function isUnder(name: string, path: string, recursive: boolean): boolean {
  const full = name.startsWith('/') ? name : `/${name}`;
  const prefix = path.endsWith('/') ? path : `${path}/`;
  return full.startsWith(prefix) && (recursive || !full.slice(prefix.length).includes('/'));
}

interface Filter {
  readonly key: string;
  readonly option: string;
  readonly values: readonly string[];
}

/** What DescribeParameters takes, in its present and in its former form. */
export function descriptionFilters(
  core: Core,
  present: readonly ParameterStringFilter[],
  former: readonly ParametersFilter[],
): (row: ParameterRow) => boolean {
  if (present.length > 0 && former.length > 0)
    throw validation('You can use either Filters or ParameterFilters in a single request.');
  const filters = checked([...present, ...former.map((each) => ({ Option: 'BeginsWith', ...each }))]);
  for (const { key, option } of filters) {
    if (!key.startsWith('tag:') && !describable.has(key)) throw invalidKey(key, [...describable]);
    checkOption(option, optionsOf(key));
  }
  return (row) => filters.every((filter) => describedBy(core, row, filter));
}

const describable: ReadonlySet<string> = new Set(['Name', 'Type', 'KeyId', 'Path', 'Tier', 'DataType']);

function optionsOf(key: string): readonly string[] {
  if (key === 'Path') return ['Recursive', 'OneLevel'];
  return key === 'Name' ? ['BeginsWith', 'Equals', 'Contains'] : ['BeginsWith', 'Equals'];
}

function describedBy(core: Core, row: ParameterRow, { key, option, values }: Filter): boolean {
  const latest = row.versions.at(-1);
  switch (key) {
    case 'Path':
      return values.some((value) => isUnder(row.name, value, option === 'Recursive'));
    case 'Name':
      // Names are compared without regard to a leading slash.
      return matches(row.name, option, values) || matches(row.name.replace(/^\//, ''), option, values);
    case 'Type':
      return matches(row.type, option, values);
    case 'KeyId':
      return matches(keyIdOf(row, latest) ?? '', option, values);
    case 'Tier':
      return matches(row.tier, option, values);
    case 'DataType':
      return matches(row.dataType, option, values);
    default: {
      const tag = (core.tables.tags.get(parameterArn(core.account, row.name)) ?? []).find(
        (each) => `tag:${each.key}` === key,
      );
      return tag !== undefined && (values.length === 0 || matches(tag.value ?? '', option, values));
    }
  }
}

/** The version that GetParametersByPath tells of a parameter; undefined when it tells of none. */
export function pathFilters(
  given: readonly ParameterStringFilter[],
): (row: ParameterRow) => ParameterVersion | undefined {
  const filters = checked(given);
  for (const { key, option } of filters) {
    if (key !== 'Type' && key !== 'KeyId' && key !== 'Label')
      throw invalidKey(key, ['Type', 'KeyId', 'Label']);
    checkOption(option, key === 'Label' ? ['Equals'] : ['BeginsWith', 'Equals']);
  }
  const labels = filters.find(({ key }) => key === 'Label')?.values;
  const others = filters.filter(({ key }) => key !== 'Label');
  return (row) => {
    const version =
      labels === undefined
        ? row.versions.at(-1)
        : row.versions.findLast((each) => labelsOf(each).some((label) => labels.includes(label)));
    if (version === undefined) return undefined;
    const holds = others.every(({ key, option, values }) =>
      matches(key === 'Type' ? typeOf(row, version) : (keyIdOf(row, version) ?? ''), option, values),
    );
    return holds ? version : undefined;
  };
}

function checked(filters: readonly ParameterStringFilter[]): readonly Filter[] {
  const keys = new Set<string>();
  return filters.map(({ Key: key = '', Option: option, Values: values = [] }) => {
    if (keys.has(key)) {
      throw new ApiError(
        'InvalidFilterKey',
        `The following filter is duplicated in the request: ${key}. A request can contain only one occurrence of a specific filter.`,
      );
    }
    keys.add(key);
    if (values.length === 0 && !key.startsWith('tag:')) {
      throw new ApiError(
        'InvalidFilterValue',
        `The following filter values are missing : null for filter key ${key}`,
      );
    }
    if (key === 'Type') checkValues(values, ['String', 'StringList', 'SecureString']);
    if (key === 'Tier') checkValues(values, ['Standard', 'Advanced', 'Intelligent-Tiering']);
    return { key, option: option ?? (key === 'Path' ? 'OneLevel' : 'Equals'), values };
  });
}

function checkValues(values: readonly string[], allowed: readonly string[]): void {
  const wrong = values.find((value) => !allowed.includes(value));
  if (wrong !== undefined) {
    throw new ApiError(
      'InvalidFilterValue',
      `The following filter value is not valid: ${wrong}. Valid values include: [${allowed.join(', ')}]`,
    );
  }
}

function checkOption(option: string, allowed: readonly string[]): void {
  if (!allowed.includes(option)) {
    throw new ApiError(
      'InvalidFilterOption',
      `The following filter option is not valid: ${option}. Valid options include: [${allowed.join(', ')}].`,
    );
  }
}

const invalidKey = (key: string, allowed: readonly string[]): ApiError =>
  new ApiError(
    'InvalidFilterKey',
    `The following filter key is not valid: ${key}. Valid filter keys include: [${allowed.join(', ')}].`,
  );

function matches(text: string, option: string, values: readonly string[]): boolean {
  return values.some((value) => {
    if (option === 'BeginsWith') return text.startsWith(value);
    return option === 'Contains' ? text.includes(value) : text === value;
  });
}
