import type { Problem } from '../../refusal.ts';
import { awsCode } from '../failure.ts';
import { placeIn } from '../task-definition.ts';
import { handedOver, type Check, type Placed, type Ready } from './findings.ts';

interface Taken {
  readonly variable: string;
  readonly placed: Placed;
  /** Null: the hand-over does not say where it is. */
  readonly from: string | null;
}

/** A task whose secret or parameter cannot be had does not start. Looked for, and never read. */
export const values: Check = {
  what: 'whether secrets and parameters are there',
  async look(ready) {
    const taken = ready.services.flatMap((placed) =>
      placed.service.variables.flatMap((variable): readonly Taken[] => {
        if (variable.value.from === 'literal') return [];
        return [{ variable: variable.name, placed, from: placeIn(placed.handover.values, variable) }];
      }),
    );
    const [secrets, parameters] = await Promise.all([
      goneSecrets(ready, taken),
      goneParameters(ready, taken),
    ]);
    const gone = new Map([...secrets, ...parameters]);
    return taken.flatMap((one) => problemOf(ready, one, gone));
  },
};

function problemOf(ready: Ready, { variable, placed, from }: Taken, gone: ReadonlyMap<string, string>) {
  const where = `services.${placed.service.name}.variables.${variable}`;
  if (from === null)
    return [
      {
        code: 'value-not-handed-over',
        what: `${placed.service.name}: nothing says where ${variable} is`,
        where,
        why: `the hand-over ${handedOver(ready, placed)} has no value for it`,
        next: 'add it to `values` of the hand-over',
      },
    ];
  const why = gone.get(from);
  if (why === undefined) return [];
  return [
    {
      code: 'value-missing',
      what: `${placed.service.name}: ${variable} has no value`,
      where,
      why: `${from}: ${why}`,
      next: from.includes(':secretsmanager:')
        ? 'give it one (`aws secretsmanager put-secret-value`), or hand over the secret that is meant'
        : 'give it one (`aws ssm put-parameter`), or name the parameter that is meant',
    },
  ] satisfies readonly Problem[];
}

async function goneSecrets(
  { clients }: Ready,
  taken: readonly Taken[],
): Promise<ReadonlyMap<string, string>> {
  const { DescribeSecretCommand } = await import('@aws-sdk/client-secrets-manager');
  const all = new Set(
    taken.flatMap(({ from }) => (from?.includes(':secretsmanager:') === true ? [from] : [])),
  );
  const gone = new Map<string, string>();
  await Promise.all(
    [...all].map(async (from) => {
      const SecretId = from.split(':').slice(0, 7).join(':');
      try {
        const client = await clients.secrets();
        const { DeletedDate, VersionIdsToStages = {} } = await client.send(
          new DescribeSecretCommand({ SecretId }),
        );
        const current = Object.values(VersionIdsToStages).some((stages) => stages.includes('AWSCURRENT'));
        if (DeletedDate !== undefined) gone.set(from, 'the secret is to be deleted');
        else if (!current) gone.set(from, 'the secret was made and never given a value');
      } catch (error) {
        if (awsCode(error) !== 'ResourceNotFoundException') throw error;
        gone.set(from, 'there is no such secret');
      }
    }),
  );
  return gone;
}

/** As many as one call answers for. */
const atOnce = 10;

async function goneParameters(
  { clients }: Ready,
  taken: readonly Taken[],
): Promise<ReadonlyMap<string, string>> {
  const { GetParametersCommand } = await import('@aws-sdk/client-ssm');
  const all = [
    ...new Set(
      taken.flatMap(({ from }) => (from === null || from.includes(':secretsmanager:') ? [] : [from])),
    ),
  ];
  const pages = Array.from({ length: Math.ceil(all.length / atOnce) }, (_, page) =>
    all.slice(page * atOnce, (page + 1) * atOnce),
  );
  const gone = new Map<string, string>();
  for (const Names of pages) {
    // Encrypted as they are: whether they are there is all that is asked.
    const { InvalidParameters = [] } = await clients.ssm.send(
      new GetParametersCommand({ Names, WithDecryption: false }),
    );
    for (const name of InvalidParameters) gone.set(name, 'there is no such parameter');
  }
  return gone;
}
