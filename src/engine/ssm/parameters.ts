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
import { checkName, parameterNotFound, selection, validation } from './names.ts';
import type { Selection } from './names.ts';

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
  if (
    before !== undefined &&
    before.type !== type &&
    (before.type === 'SecureString' || type === 'SecureString')
  ) {
    // AWS changes the type here; a value that was secret would then be readable in old versions.
    throw validation(
      'This engine does not change a parameter from or to SecureString. Delete it and put it again.',
    );
  }
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
  if (input.AllowedPattern !== undefined && !allowedPattern(input.AllowedPattern).test(value)) {
    throw new ApiError(
      'ParameterPatternMismatchException',
      'Parameter value, cannot be validated against allowedPattern.',
    );
  }
  const version = (before?.versions.at(-1)?.version ?? 0) + 1;
  const stored: ParameterVersion = {
    version,
    value: type === 'SecureString' ? core.vault.seal(value) : value,
    modifiedAt: context.now,
  };
  const row: ParameterRow = {
    name,
    type,
    dataType: input.DataType ?? before?.dataType ?? 'text',
    tier,
    description: input.Description ?? before?.description ?? null,
    versions: [...(before?.versions ?? []), stored].slice(-maxVersions),
  };
  core.tables.parameters.put(name, row);
  if (tags.length > 0) {
    core.tables.tags.put(
      parameterArn(core.account, name),
      tags.map((tag) => ({ key: tag.Key, value: tag.Value })),
    );
  }
  return { Version: version, Tier: tier };
}

function allowedPattern(text: string): RegExp {
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

export function getParameter(core: Core, input: GetParameterRequest) {
  const wanted = selection(input.Name ?? '');
  const found = find(core, wanted);
  if (found === null) throw parameterNotFound(wanted.name);
  if (found.version === null) {
    throw new ApiError(
      'ParameterVersionNotFound',
      `Systems Manager could not find version ${wanted.version} of ${wanted.name}. Verify the version and try again.`,
    );
  }
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
  if (input.ParameterFilters !== undefined && input.ParameterFilters.length > 0)
    throw new ApiError('InvalidFilterKey', 'This engine does not have parameter filters.');
  const prefix = path.endsWith('/') ? path : `${path}/`;
  const rows = [...core.tables.parameters.all()]
    .filter((row) => (path === '/' && !row.name.startsWith('/') ? true : row.name.startsWith(prefix)))
    .filter(
      (row) =>
        input.Recursive === true ||
        !row.name.slice(row.name.startsWith(prefix) ? prefix.length : 0).includes('/'),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const { items, nextToken } = page(
    rows,
    input.NextToken,
    input.MaxResults ?? 10,
    () => new ApiError('InvalidNextToken', 'The specified token is not valid.'),
  );
  return {
    Parameters: items.flatMap((row) => {
      const latest = row.versions.at(-1);
      return latest === undefined ? [] : [view(core, row, latest, input.WithDecryption === true, undefined)];
    }),
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

/** The plain value of a parameter, by name or ARN; null when there is none. */
export function parameterValue(core: Core, nameOrArn: string): string | null {
  const found = find(core, selection(nameOrArn));
  if (found === null || found.version === null) return null;
  return plain(core, found.row, found.version);
}

function remove(core: Core, name: string): boolean {
  if (core.tables.parameters.get(name) === undefined) return false;
  core.tables.parameters.delete(name);
  core.tables.tags.delete(parameterArn(core.account, name));
  return true;
}

function find(
  core: Core,
  wanted: Selection,
): { readonly row: ParameterRow; readonly version: ParameterVersion | null } | null {
  const row = core.tables.parameters.get(wanted.name) ?? core.tables.parameters.get(`/${wanted.name}`);
  if (row === undefined) return null;
  const version =
    wanted.version === null
      ? row.versions.at(-1)
      : row.versions.find((each) => each.version === wanted.version);
  return { row, version: version ?? null };
}

const plain = (core: Core, row: ParameterRow, version: ParameterVersion): string =>
  row.type === 'SecureString' ? core.vault.open(version.value) : version.value;

/** Without decryption a SecureString answers with its sealed text, as AWS answers with ciphertext. */
function view(
  core: Core,
  row: ParameterRow,
  version: ParameterVersion,
  decrypt: boolean,
  selector: string | undefined,
): Parameter {
  return {
    Name: row.name,
    Type: row.type,
    Value: decrypt ? plain(core, row, version) : version.value,
    Version: version.version,
    ...(selector === undefined ? {} : { Selector: selector }),
    LastModifiedDate: new Date(version.modifiedAt),
    ARN: parameterArn(core.account, row.name),
    DataType: row.dataType,
  };
}
