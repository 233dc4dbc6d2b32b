import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { describe, expect, test } from 'vitest';
import { readHandedOver } from '../../src/ecs/handed-over.ts';
import type { Handover } from '../../src/ecs/handover.ts';
import { renderTaskDefinition } from '../../src/ecs/task-definition.ts';
import { Refusal } from '../../src/refusal.ts';
import { findTool } from '../clients/tool.ts';
import { makeSecret, motoForFile, shop } from './preflight/estate.ts';
import { clientsAt } from './rig.ts';

const program = findTool('moto_server');
const name = '/fairway/shop/production/api';

const handover: Handover = {
  version: 1,
  cluster: 'shop',
  service: 'api',
  loadBalancer: null,
  repository: 'ghcr.io/acme/api',
  network: { subnets: ['subnet-1'], securityGroups: [], publicIp: false },
  roles: { execution: 'arn:aws:iam::123456789012:role/execution', task: null },
  values: { 'parameter:/shop/level': '/shop/level' },
};

describe.skipIf(program === null)('what was handed over on AWS', () => {
  const moto = motoForFile(program);

  test('is read, and a secret that it does not place is found by its name', async () => {
    const clients = clientsAt(moto.endpoint);
    const { environment, service } = shop();
    await clients.ssm.send(
      new PutParameterCommand({ Name: name, Value: JSON.stringify(handover), Type: 'String' }),
    );
    const arn = await makeSecret(clients, 'shop/session', '{"KEY":"s3cret-value"}');
    const read = (await readHandedOver(clients, environment)).get('api');
    expect(read).toEqual({ ...handover, values: { ...handover.values, 'secret:shop/session': arn } });
    const { containerDefinitions } = renderTaskDefinition({
      app: 'shop',
      environment: 'production',
      service,
      image: 'shop@sha256:1',
      region: 'us-east-1',
      handover: read ?? handover,
    });
    expect(containerDefinitions?.[0]?.secrets).toContainEqual({
      name: 'SESSION_KEY',
      valueFrom: `${arn}:KEY::`,
    });
  });

  test('is refused where it is missing, with the command that writes it', async () => {
    const refusal = await refusalOf(readHandedOver(clientsAt(moto.endpoint), shop().environment));
    expect(refusal.problems).toMatchObject([
      {
        code: 'handover-missing',
        where: 'Parameter Store, eu-central-1, account 123456789012',
        next: expect.stringContaining(
          `aws ssm put-parameter --region eu-central-1 --type String --name ${name}`,
        ),
      },
    ]);
  });

  test('is refused where it is not understood, with the field', async () => {
    const clients = clientsAt(moto.endpoint);
    const Value = JSON.stringify({ ...handover, cluster: 7 });
    await clients.ssm.send(new PutParameterCommand({ Name: name, Value, Type: 'String' }));
    const refusal = await refusalOf(readHandedOver(clients, shop().environment));
    expect(refusal.problems).toMatchObject([{ code: 'handover-invalid', where: `${name}: cluster` }]);
  });

  test('is refused where it names no repository', async () => {
    const clients = clientsAt(moto.endpoint);
    const Value = JSON.stringify({ ...handover, repository: undefined });
    await clients.ssm.send(new PutParameterCommand({ Name: name, Value, Type: 'String' }));
    const refusal = await refusalOf(readHandedOver(clients, shop().environment));
    expect(refusal.problems).toMatchObject([{ code: 'repository-missing', where: `${name}: repository` }]);
  });

  test('is not asked for with credentials of another account', async () => {
    const refusal = await refusalOf(
      readHandedOver(clientsAt(moto.endpoint), shop('210987654321').environment),
    );
    expect(refusal.problems).toMatchObject([
      {
        code: 'other-account',
        what: 'the AWS credentials are of account 123456789012, and production is in 210987654321',
        where: 'environments.production.account',
      },
    ]);
  });
});

async function refusalOf(work: Promise<unknown>): Promise<Refusal> {
  const error = await work.then(
    () => null,
    (failure: unknown) => failure,
  );
  if (error instanceof Refusal) return error;
  throw new Error(`not refused: ${String(error)}`);
}
