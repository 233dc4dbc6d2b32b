import { Refusal } from '../refusal.ts';
import type { Clients } from './clients.ts';

/** Whose credentials these are. */
export interface Identity {
  readonly accountId: string;
  /** `arn:aws:sts::123456789012:assumed-role/deploy/ana`. */
  readonly arn: string;
}

export async function whoAsks(clients: Clients): Promise<Identity> {
  const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
  const sts = await clients.sts();
  const { Account = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
  return { accountId: Account, arn: Arn };
}

/** Credentials of staging that would deploy to production, and the other way round. `wanted` null: any account will do. */
export function refuseOtherAccount(
  { accountId, arn }: Identity,
  wanted: string | null,
  environment: string,
): void {
  if (wanted === null || wanted === accountId) return;
  throw new Refusal({
    code: 'other-account',
    what: `the AWS credentials are of account ${accountId}, and ${environment} is in ${wanted}`,
    where: `environments.${environment}.account`,
    why: `AWS knows the caller as ${arn}`,
    next: `use credentials of ${wanted} (AWS_PROFILE chooses a profile), or change \`account\` in fairway.config.ts`,
  });
}
