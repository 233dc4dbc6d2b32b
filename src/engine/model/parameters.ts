import type { ParameterTier } from '@aws-sdk/client-ssm';

export interface ParameterRow {
  readonly name: string;
  readonly type: 'String' | 'StringList' | 'SecureString';
  readonly dataType: string;
  readonly tier: ParameterTier;
  readonly description: string | null;
  /** Oldest first; the last one counts. At most 100, as at AWS. */
  readonly versions: readonly ParameterVersion[];
}

/** `value` of a SecureString is sealed (see `ssm/seal.ts`). */
export interface ParameterVersion {
  readonly version: number;
  readonly value: string;
  readonly modifiedAt: number;
}
