import type { ParameterTier } from '@aws-sdk/client-ssm';

export interface ParameterRow {
  readonly name: string;
  readonly type: 'String' | 'StringList' | 'SecureString';
  readonly dataType: string;
  readonly tier: ParameterTier;
  readonly description: string | null;
  /** Only where somebody has named one; it seals nothing here. */
  readonly keyId?: string;
  readonly allowedPattern?: string;
  /** Oldest first; the last one counts. At most 100, as at AWS. */
  readonly versions: readonly ParameterVersion[];
}

/** `value` of a SecureString is sealed (see `vault.ts`). What is optional, earlier engines did not write. */
export interface ParameterVersion {
  readonly version: number;
  readonly value: string;
  readonly modifiedAt: number;
  /** The parameter's type when this was put: an old secret stays one when its parameter becomes a String. */
  readonly type?: ParameterRow['type'];
  readonly labels?: readonly string[];
  /** As the parameter was described then. */
  readonly about?: Pick<ParameterRow, 'dataType' | 'tier' | 'description' | 'keyId' | 'allowedPattern'>;
}
