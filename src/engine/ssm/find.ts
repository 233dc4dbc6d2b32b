import type { Core } from '../core.ts';
import type { ParameterRow, ParameterVersion } from '../model/parameters.ts';
import { parameterNotFound, selection, versionNotFound } from './names.ts';
import type { Selection } from './names.ts';

export interface Found {
  readonly row: ParameterRow;
  /** Null: the parameter has no such version. */
  readonly version: ParameterVersion | null;
}

/** An ARN does not tell whether a name begins with a slash. */
export const findParameter = (core: Core, name: string): ParameterRow | undefined =>
  core.tables.parameters.get(name) ?? core.tables.parameters.get(`/${name}`);

export function find(core: Core, wanted: Selection): Found | null {
  const row = findParameter(core, wanted.name);
  if (row === undefined) return null;
  return { row, version: versionOf(row, wanted.selector) ?? null };
}

/** A parameter by name or ARN, without a version. */
export function existingParameter(core: Core, nameOrArn: string): ParameterRow {
  const { name, selector } = selection(nameOrArn);
  const row = selector === undefined ? findParameter(core, name) : undefined;
  if (row === undefined) throw parameterNotFound(nameOrArn);
  return row;
}

export function existingVersion(row: ParameterRow, number: number | undefined): ParameterVersion {
  const found = versionOf(row, number === undefined ? undefined : `:${number}`);
  if (found === undefined) throw versionNotFound(row.name, String(number));
  return found;
}

/** `:3` is a version, `:blue` a label; neither is the latest version. */
function versionOf(row: ParameterRow, selector: string | undefined): ParameterVersion | undefined {
  if (selector === undefined) return row.versions.at(-1);
  const wanted = selector.slice(1);
  return /^\d+$/.test(wanted)
    ? row.versions.find((each) => each.version === Number(wanted))
    : row.versions.find((each) => labelsOf(each).includes(wanted));
}

export const labelsOf = (version: ParameterVersion): readonly string[] => version.labels ?? [];

export const typeOf = (row: ParameterRow, version: ParameterVersion): ParameterRow['type'] =>
  version.type ?? row.type;

/** The key that a SecureString is said to be encrypted with; undefined of any other. */
export function keyIdOf(row: ParameterRow, version: ParameterVersion | undefined): string | undefined {
  if (version === undefined || typeOf(row, version) !== 'SecureString') return undefined;
  return version.about?.keyId ?? 'alias/aws/ssm';
}

const plain = (core: Core, row: ParameterRow, version: ParameterVersion): string =>
  typeOf(row, version) === 'SecureString' ? core.vault.open(version.value) : version.value;

/** Without decryption a SecureString answers with its sealed text, as AWS answers with ciphertext. */
export const shown = (core: Core, row: ParameterRow, version: ParameterVersion, decrypt: boolean): string =>
  decrypt ? plain(core, row, version) : version.value;

/** The plain value of a parameter, by name or ARN; null when there is none. */
export function parameterValue(core: Core, nameOrArn: string): string | null {
  const found = find(core, selection(nameOrArn));
  if (found === null || found.version === null) return null;
  return plain(core, found.row, found.version);
}
