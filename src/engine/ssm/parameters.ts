import type {
  DeleteParameterRequest,
  DeleteParametersRequest,
  GetParameterRequest,
  GetParametersByPathRequest,
  GetParametersRequest,
  Parameter,
  PutParameterRequest,
} from '@aws-sdk/client-ssm';
import { ApiError } from '../api/operations.ts';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { parameterArn } from '../model/arn.ts';
import type { ParameterRow, ParameterVersion } from '../model/parameters.ts';
import { page } from '../paging.ts';
import { isUnder, pathFilters } from './filters.ts';
import { find, labelsOf, shown, typeOf } from './find.ts';
import {
  checkName,
  invalidToken,
  parameterNotFound,
  selection,
  validation,
  versionNotFound,
} from './names.ts';

const maxVersions = 100;
const maxLength = { Standard: 4096, Advanced: 8192 } as const;

export function putParameter(core: Core, input: PutParameterRequest, context: RequestContext) {
  const name = input.Name ?? '';
  const value = input.Value ?? '';
  checkName(name);
  const before = core.tables.parameters.get(name);
  if (before !== undefined && input.Overwrite !== true) {
    throw new ApiError(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    );
  }
  const { tags, overwrite } = { tags: input.Tags ?? [], overwrite: input.Overwrite === true };
  if (tags.length > 0 && overwrite)
    throw validation("Invalid request: tags and overwrite can't be used together.");
  const type = input.Type ?? before?.type;
  if (type === undefined) throw validation('A parameter type is required when you create a parameter.');
  if (value === '')
    throw validation(
      "1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1.",
    );
  const tier = tierFor(input.Tier, before?.tier, value);
  if (value.length > maxLength[tier]) {
    throw validation(
      `${tier} tier parameters support a maximum parameter value of ${maxLength[tier]} characters.`,
    );
  }
  if (input.AllowedPattern !== undefined && !patternOf(input.AllowedPattern).test(value)) {
    throw new ApiError(
      'ParameterPatternMismatchException',
      'Parameter value, cannot be validated against allowedPattern.',
    );
  }
  const version = (before?.versions.at(-1)?.version ?? 0) + 1;
  const keyId = input.KeyId ?? before?.keyId;
  const about: NonNullable<ParameterVersion['about']> = {
    dataType: input.DataType ?? before?.dataType ?? 'text',
    tier,
    description: input.Description ?? before?.description ?? null,
    ...(type === 'SecureString' && keyId !== undefined ? { keyId } : {}),
    ...(input.AllowedPattern === undefined ? {} : { allowedPattern: input.AllowedPattern }),
  };
  const stored: ParameterVersion = {
    version,
    value: type === 'SecureString' ? core.vault.seal(value) : value,
    modifiedAt: context.now,
    type,
    about,
  };
  // A version that does not tell its type was put when its parameter had the type of before.
  const old = (before?.versions ?? []).map((each) => ({ ...each, type: each.type ?? before?.type ?? type }));
  const row: ParameterRow = { name, type, ...about, versions: kept(name, [...old, stored]) };
  core.tables.parameters.put(name, row);
  if (tags.length > 0) {
    core.tables.tags.put(
      parameterArn(core.account, name),
      tags.map((tag) => ({ key: tag.Key, value: tag.Value })),
    );
  }
  return { Version: version, Tier: tier };
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new ApiError(
      'InvalidAllowedPatternException',
      'The request does not meet the regular expression requirement.',
    );
  }
}

function tierFor(
  asked: PutParameterRequest['Tier'],
  before: ParameterRow['tier'] | undefined,
  value: string,
): 'Standard' | 'Advanced' {
  if (asked === 'Intelligent-Tiering') return value.length > maxLength.Standard ? 'Advanced' : 'Standard';
  return asked ?? (before === 'Advanced' ? 'Advanced' : 'Standard');
}

function kept(name: string, versions: readonly ParameterVersion[]): readonly ParameterVersion[] {
  const [oldest] = versions;
  if (versions.length <= maxVersions || oldest === undefined) return versions;
  if (labelsOf(oldest).length === 0) return versions.slice(1);
  throw new ApiError(
    'ParameterMaxVersionLimitExceeded',
    `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. Version ${oldest.version}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
  );
}

export function getParameter(core: Core, input: GetParameterRequest) {
  const wanted = selection(input.Name ?? '');
  const found = find(core, wanted);
  if (found === null) throw parameterNotFound(wanted.name);
  if (found.version === null) throw versionNotFound(wanted.name, wanted.selector?.slice(1) ?? '');
  return { Parameter: view(core, found.row, found.version, input.WithDecryption === true, wanted.selector) };
}

export function getParameters(core: Core, input: GetParametersRequest) {
  const names = input.Names ?? [];
  if (names.length > 10)
    throw validation(
      "1 validation error detected: Value at 'names' failed to satisfy constraint: Member must have length less than or equal to 10.",
    );
  const parameters: Parameter[] = [];
  const invalid: string[] = [];
  for (const name of names) {
    const wanted = selection(name);
    const found = find(core, wanted);
    if (found === null || found.version === null) invalid.push(name);
    else
      parameters.push(view(core, found.row, found.version, input.WithDecryption === true, wanted.selector));
  }
  return { Parameters: parameters, InvalidParameters: invalid };
}

export function getParametersByPath(core: Core, input: GetParametersByPathRequest) {
  const path = input.Path ?? '/';
  if (!path.startsWith('/')) throw validation('The parameter path must begin with a slash "/".');
  const filters = pathFilters(input.ParameterFilters ?? []);
  const found = [...core.tables.parameters.all()]
    .filter((row) => isUnder(row.name, path, input.Recursive === true))
    .flatMap((row) => {
      const version = filters(row);
      return version === undefined ? [] : [{ row, version }];
    })
    .sort((a, b) => (a.row.name < b.row.name ? -1 : 1));
  const { items, nextToken } = page(found, input.NextToken, input.MaxResults ?? 10, invalidToken);
  return {
    Parameters: items.map(({ row, version }) =>
      view(core, row, version, input.WithDecryption === true, undefined),
    ),
    NextToken: nextToken,
  };
}

export function deleteParameter(core: Core, input: DeleteParameterRequest) {
  const name = input.Name ?? '';
  if (!remove(core, name)) throw parameterNotFound(name);
  return {};
}

export function deleteParameters(core: Core, input: DeleteParametersRequest) {
  const names = input.Names ?? [];
  const deleted = names.filter((name) => remove(core, name));
  return { DeletedParameters: deleted, InvalidParameters: names.filter((name) => !deleted.includes(name)) };
}

function remove(core: Core, name: string): boolean {
  if (core.tables.parameters.get(name) === undefined) return false;
  core.tables.parameters.delete(name);
  core.tables.tags.delete(parameterArn(core.account, name));
  return true;
}

function view(
  core: Core,
  row: ParameterRow,
  version: ParameterVersion,
  decrypt: boolean,
  selector: string | undefined,
): Parameter {
  return {
    Name: row.name,
    Type: typeOf(row, version),
    Value: shown(core, row, version, decrypt),
    Version: version.version,
    ...(selector === undefined ? {} : { Selector: selector }),
    LastModifiedDate: new Date(version.modifiedAt),
    ARN: parameterArn(core.account, row.name),
    DataType: version.about?.dataType ?? row.dataType,
  };
}
