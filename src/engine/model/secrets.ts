import type { Account } from './arn.ts';

export interface SecretRow {
  readonly name: string;
  readonly arn: string;
  readonly description: string | null;
  readonly kmsKeyId: string | null;
  readonly createdAt: number;
  readonly changedAt: number;
  /** When it is gone for good; null unless somebody has deleted it. */
  readonly deletedAt: number | null;
  /** Oldest first. */
  readonly versions: readonly SecretVersion[];
}

export interface SecretVersion {
  readonly id: string;
  readonly kind: 'string' | 'binary';
  /** Sealed (see `vault.ts`); binary as base64 inside. */
  readonly value: string;
  /** `AWSCURRENT`, `AWSPREVIOUS`, or a label of the user's own; a version without any is deprecated. */
  readonly stages: readonly string[];
  readonly createdAt: number;
  /** The day of the last reading, as its first millisecond. */
  readonly accessedAt: number | null;
}

/** Six random characters end the ARN, so that a secret made again under the same name is another one. */
export function secretArn(account: Account, name: string, uuid: string): string {
  return `arn:aws:secretsmanager:${account.region}:${account.accountId}:secret:${name}-${sixCharacters(uuid)}`;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

function sixCharacters(uuid: string): string {
  let rest = BigInt(`0x${uuid.replaceAll('-', '')}`);
  let characters = '';
  while (characters.length < 6) {
    characters += alphabet.charAt(Number(rest % BigInt(alphabet.length)));
    rest /= BigInt(alphabet.length);
  }
  return characters;
}
