import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { ECS } from '@aws-sdk/client-ecs';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { STS } from '@aws-sdk/client-sts';
import type { Credentials } from '@aws-sdk/client-sts';
import { expect, onTestFinished, test } from 'vitest';
import { newSession, openSession } from '../../../src/engine/sts/session.ts';
import { openVault } from '../../../src/engine/vault.ts';
import { serveForTest } from '../api/endpoint.ts';
import { known, testEngine } from '../core/rig.ts';
import { eventually } from '../tasks/rig.ts';

async function engineWithSts() {
  const engine = await testEngine();
  const read = (file: string) => JSON.parse(readFileSync(join(engine.folder, file), 'utf8'));
  const { endpoint, region } = read('engine.json');
  const root: { accessKeyId: string; secretAccessKey: string } = read('credentials.json');
  return {
    engine,
    root,
    with: (credentials: typeof root & { sessionToken?: string }) => {
      const options = { endpoint, region, credentials, maxAttempts: 1 };
      return { sts: new STS(options), ecs: new ECS(options) };
    },
  };
}

const asSdkHasThem = ({ AccessKeyId, SecretAccessKey, SessionToken }: Credentials) => ({
  accessKeyId: known(AccessKeyId),
  secretAccessKey: known(SecretAccessKey),
  sessionToken: known(SessionToken),
});

const role = 'arn:aws:iam::000000000000:role/teams/deployer';

test('the engine says who asks: the account, or the role that was assumed', async () => {
  const { root, with: as, engine } = await engineWithSts();
  expect(await as(root).sts.getCallerIdentity({})).toMatchObject({
    Account: '000000000000',
    UserId: '000000000000',
    Arn: 'arn:aws:iam::000000000000:root',
  });
  const before = Date.now();
  const assumed = await as(root).sts.assumeRole({
    RoleArn: role,
    RoleSessionName: 'ci',
    DurationSeconds: 900,
  });
  expect(assumed.AssumedRoleUser).toEqual({
    Arn: 'arn:aws:sts::000000000000:assumed-role/deployer/ci',
    AssumedRoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}:ci$/),
  });
  const credentials = known(assumed.Credentials);
  expect(credentials.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
  const lasts = Number(credentials.Expiration) - before;
  expect(lasts).toBeGreaterThanOrEqual(899_000);
  expect(lasts).toBeLessThan(1_000_000);
  const asRole = as(asSdkHasThem(credentials));
  expect(await asRole.sts.getCallerIdentity({})).toMatchObject({
    Arn: assumed.AssumedRoleUser?.Arn,
    UserId: assumed.AssumedRoleUser?.AssumedRoleId,
  });
  expect((await asRole.ecs.listClusters({})).clusterArns).toEqual([]);

  const pid = engine.pid();
  process.kill(pid, 'SIGKILL');
  await eventually(() => engine.pid() !== pid || null, 'an engine that is started again');
  expect((await asRole.ecs.listClusters({})).clusterArns).toEqual([]);
});

test('credentials that do not belong together are refused', async () => {
  const { root, with: as, engine } = await engineWithSts();
  const assume = async () =>
    asSdkHasThem(
      known((await as(root).sts.assumeRole({ RoleArn: role, RoleSessionName: 'ci' })).Credentials),
    );
  const [one, other] = [await assume(), await assume()];
  // A text that the same vault has sealed, and that says what a session says.
  await engine.clients.ssm.putParameter({
    Name: '/forged',
    Type: 'SecureString',
    Value: JSON.stringify({ ...one, expiresAt: 9e15, caller: null }),
  });
  const forged = (await engine.clients.ssm.getParameter({ Name: '/forged' })).Parameter?.Value;
  const unknown = { name: 'UnrecognizedClientException' };
  const cases = [
    [{ ...one, sessionToken: other.sessionToken }, unknown],
    [{ ...one, sessionToken: known(forged) }, unknown],
    [{ ...one, sessionToken: 'none' }, unknown],
    [{ accessKeyId: one.accessKeyId, secretAccessKey: one.secretAccessKey }, unknown],
    [{ ...one, secretAccessKey: other.secretAccessKey }, { name: 'InvalidSignatureException' }],
  ] as const;
  for (const [credentials, refusal] of cases)
    await expect(as(credentials).ecs.listClusters({})).rejects.toMatchObject(refusal);
});

test('a session token of the account is the account; from a role there is none', async () => {
  const { root, with: as } = await engineWithSts();
  const { Credentials: credentials } = await as(root).sts.getSessionToken({});
  const session = as(asSdkHasThem(known(credentials)));
  expect((await session.sts.getCallerIdentity({})).Arn).toBe('arn:aws:iam::000000000000:root');
  const assumed = await as(root).sts.assumeRole({ RoleArn: role, RoleSessionName: 'ci' });
  const asRole = as(asSdkHasThem(known(assumed.Credentials)));
  await expect(asRole.sts.getSessionToken({})).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(
    asRole.sts.assumeRole({ RoleArn: role, RoleSessionName: 'ci', DurationSeconds: 7200 }),
  ).rejects.toMatchObject({ message: expect.stringContaining('role chaining') });
});

test('roles that cannot be assumed are refused in the words of STS', async () => {
  const { root, with: as } = await engineWithSts();
  const cases = [
    [{ RoleArn: role, RoleSessionName: 'a b' }, 'ValidationError'],
    [{ RoleArn: 'deployer', RoleSessionName: 'ci' }, 'ValidationError'],
    [{ RoleArn: role, RoleSessionName: 'ci', DurationSeconds: 899 }, 'ValidationError'],
    [{ RoleArn: role, RoleSessionName: 'ci', DurationSeconds: 43_201 }, 'ValidationError'],
    [{ RoleArn: role.replace('000000000000', '123456789012'), RoleSessionName: 'ci' }, 'AccessDenied'],
  ] as const;
  for (const [input, name] of cases)
    await expect(as(root).sts.assumeRole(input), JSON.stringify(input)).rejects.toMatchObject({ name });
});

test('an expired session is told so, in either protocol', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-vault-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const vault = openVault(join(folder, 'key'));
  const now = Date.now();
  let passed = 0;
  const { url } = await serveForTest(async () => ({}), {
    clock: () => now + passed,
    sessions: (token) => openSession(vault, token),
  });
  const { token, accessKeyId, secretAccessKey } = newSession(vault, null, now + 60_000);
  const options = {
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey, sessionToken: token },
    maxAttempts: 1,
  };
  const clients = [new ECS(options), new ElasticLoadBalancingV2(options)] as const;
  const ask = () => Promise.allSettled([clients[0].listClusters({}), clients[1].describeLoadBalancers({})]);
  expect((await ask()).map((each) => each.status)).toEqual(['fulfilled', 'fulfilled']);
  passed = 60_000;
  expect(
    (await ask()).map((each) => each.status === 'rejected' && [each.reason.name, each.reason.message]),
  ).toEqual([
    ['ExpiredTokenException', 'The security token included in the request is expired'],
    ['ExpiredToken', 'The security token included in the request is expired'],
  ]);
});
