import type { Core } from '../core.ts';
import type { SecretRow, SecretVersion } from '../model/secrets.ts';
import { invalidParameter, invalidRequest } from './failures.ts';

export const current = 'AWSCURRENT';
export const previous = 'AWSPREVIOUS';

/** A value as clients give it and get it. */
export type SecretValue =
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'binary'; readonly bytes: Uint8Array };

const longestValue = 65_536;
const mostVersions = 100;
/** AWS keeps a version for a day, however many there are. */
const keptMs = 86_400_000;

/** Null when none is given. */
export function givenValue(input: {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: Uint8Array | undefined;
}): SecretValue | null {
  const { SecretString: text, SecretBinary: bytes } = input;
  if (text !== undefined && bytes !== undefined) {
    throw invalidParameter(
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  }
  if (text === undefined && bytes === undefined) return null;
  const size = bytes?.length ?? Buffer.byteLength(text ?? '');
  if (size === 0) throw invalidRequest('You must provide either SecretString or SecretBinary.');
  if (size > longestValue) throw invalidParameter(`Secret value exceeds the limit of ${longestValue} bytes.`);
  return bytes === undefined ? { kind: 'string', text: text ?? '' } : { kind: 'binary', bytes };
}

export function valueOf(core: Core, version: SecretVersion): SecretValue {
  const plain = core.vault.open(version.value);
  return version.kind === 'string'
    ? { kind: 'string', text: plain }
    : { kind: 'binary', bytes: new Uint8Array(Buffer.from(plain, 'base64')) };
}

export function holds(core: Core, version: SecretVersion, value: SecretValue): boolean {
  return version.kind === value.kind && core.vault.open(version.value) === plainText(value);
}

const plainText = (value: SecretValue): string =>
  value.kind === 'string' ? value.text : Buffer.from(value.bytes).toString('base64');

/** The secret's versions with a new one in it, its labels taken from those that had them. */
export function withVersion(
  core: Core,
  row: SecretRow,
  {
    id,
    value,
    stages,
  }: { readonly id: string; readonly value: SecretValue; readonly stages: readonly string[] },
  now: number,
): readonly SecretVersion[] {
  const added: SecretVersion = {
    id,
    kind: value.kind,
    value: core.vault.seal(plainText(value)),
    stages: [],
    createdAt: now,
    accessedAt: null,
  };
  const labels = row.versions.length === 0 ? [...new Set([current, ...stages])] : stages;
  const labelled = labels.reduce<readonly SecretVersion[]>(
    (versions, stage) => withStage(versions, stage, id),
    [...row.versions, added],
  );
  return withoutOldest(labelled, now);
}

/** Where AWSCURRENT leaves, AWSPREVIOUS arrives. Null: nobody has the label any more. */
export function withStage(
  versions: readonly SecretVersion[],
  stage: string,
  to: string | null,
): readonly SecretVersion[] {
  const from = versions.find((version) => version.stages.includes(stage))?.id;
  if (from === (to ?? undefined)) return versions;
  const moved = versions.map((version): SecretVersion => {
    const others = version.stages.filter((each) => each !== stage);
    return { ...version, stages: version.id === to ? [...others, stage] : others };
  });
  return stage === current && from !== undefined ? withStage(moved, previous, from) : moved;
}

function withoutOldest(versions: readonly SecretVersion[], now: number): readonly SecretVersion[] {
  let surplus = versions.length - mostVersions;
  if (surplus <= 0) return versions;
  return versions.filter((version) => {
    if (surplus <= 0 || version.stages.length > 0 || now - version.createdAt < keptMs) return true;
    surplus -= 1;
    return false;
  });
}

export const stagesById = (row: SecretRow): Record<string, string[]> =>
  Object.fromEntries(
    row.versions
      .filter((version) => version.stages.length > 0)
      .map((version) => [version.id, [...version.stages]]),
  );
