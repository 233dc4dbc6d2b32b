import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../tasks/rig.ts';
import { known, testEngine } from '../core/rig.ts';
import type { TestEngine } from '../core/rig.ts';
import { secretsManagerOf } from './clients.ts';

/** Runs a task with the secrets to its end and gives what it said of each, or why it did not start. */
async function runWith(
  { clients: { ecs, logs }, image }: TestEngine,
  secrets: Readonly<Record<string, string>>,
) {
  const names = Object.keys(secrets);
  await ecs.createCluster({ clusterName: 'test' });
  await ecs.registerTaskDefinition({
    family: 'job',
    memory: '512',
    containerDefinitions: [
      {
        name: 'job',
        image: await image({ 'run.sh': names.map((name) => `echo "$${name}"`).join('\n') }, ['sh', 'run.sh']),
        secrets: Object.entries(secrets).map(([name, valueFrom]) => ({ name, valueFrom })),
        logConfiguration: {
          logDriver: 'awslogs',
          options: {
            'awslogs-group': '/jobs',
            'awslogs-region': 'us-east-1',
            'awslogs-stream-prefix': 'ecs',
          },
        },
      },
    ],
  });
  const { tasks } = await ecs.runTask({ cluster: 'test', taskDefinition: 'job' });
  const arn = known(tasks?.[0]?.taskArn);
  const task = await eventually(async () => {
    const found = (await ecs.describeTasks({ cluster: 'test', tasks: [arn] })).tasks?.[0];
    return found?.lastStatus === 'STOPPED' ? found : null;
  }, 'a stopped task');
  if (task.stopCode === 'TaskFailedToStart') return task.stoppedReason;
  const { events } = await logs.getLogEvents({
    logGroupName: '/jobs',
    logStreamName: `ecs/job/${arn.split('/').at(-1)}`,
    startFromHead: true,
  });
  return events?.map((event) => event.message);
}

const trouble =
  'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve';

test('a task gets whole secrets, members of them, versions of them, and parameters', async () => {
  const engine = await testEngine();
  const secrets = secretsManagerOf(engine.folder);
  const first = await secrets.createSecret({
    Name: 'shop/db',
    SecretString: JSON.stringify({
      user: 'old',
      port: 5432,
      tls: true,
      none: null,
      deep: { b: [1, 'x'], a: 2 },
    }),
  });
  const arn = known(first.ARN);
  const second = await secrets.putSecretValue({ SecretId: arn, SecretString: '{"user":"new"}' });
  const { ARN: plain = '' } = await secrets.createSecret({ Name: 'plain', SecretString: 'swordfish' });
  await engine.clients.ssm.putParameter({ Name: '/dev/level', Value: 'info', Type: 'String' });
  await engine.clients.ssm.putParameter({ Name: '/dev/level', Value: 'debug', Overwrite: true });
  expect(
    await runWith(engine, {
      WHOLE: plain,
      PARTIAL: plain.slice(0, -7),
      MEMBER: `${arn}:user::`,
      PREVIOUS: `${arn}:user:AWSPREVIOUS:`,
      BY_ID: `${arn}:port::${first.VersionId}`,
      TRUTH: `${arn}:tls:AWSPREVIOUS:`,
      NOTHING: `${arn}:none:AWSPREVIOUS:`,
      DEEP: `${arn}:deep:AWSPREVIOUS:`,
      WHOLE_VERSION: `${arn}:::${second.VersionId}`,
      PARAMETER: '/dev/level',
      OLD_PARAMETER: 'arn:aws:ssm:us-east-1:000000000000:parameter/dev/level:1',
    }),
  ).toEqual([
    'swordfish',
    'swordfish',
    'new',
    'old',
    '5432',
    'true',
    '<nil>',
    'map[a:2 b:[1 x]]',
    '{"user":"new"}',
    'debug',
    'info',
  ]);
});

test('what cannot be read keeps the task from starting, in the words of ECS and without the value', async () => {
  const engine = await testEngine();
  const secrets = secretsManagerOf(engine.folder);
  const arn = known((await secrets.createSecret({ Name: 'text', SecretString: 'swordfish' })).ARN);
  const json = known((await secrets.createSecret({ Name: 'json', SecretString: '{"a":"swordfish"}' })).ARN);
  const gone = known((await secrets.createSecret({ Name: 'gone', SecretString: 'swordfish' })).ARN);
  await secrets.deleteSecret({ SecretId: 'gone' });
  const asm = `${trouble} secret from asm: service call has been retried 1 time(s):`;
  const nobody = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:none-AAAAAA';
  const cases: readonly (readonly [string, string])[] = [
    [
      nobody,
      `${asm} failed to fetch secret ${nobody} from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
    ],
    [
      gone,
      `${asm} failed to fetch secret ${gone} from secrets manager: InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion.`,
    ],
    [
      `${arn}::AWSPREVIOUS:`,
      `${asm} failed to fetch secret ${arn} from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSPREVIOUS`,
    ],
    [`${json}:b::`, `${asm} retrieved secret from Secrets Manager did not contain json key b`],
    [`${json}:toString::`, `${asm} retrieved secret from Secrets Manager did not contain json key toString`],
    [`${arn}:a::`, `${asm} invalid character looking for beginning of value`],
    [
      `${arn}:a`,
      `${asm} an invalid ARN format for the AWS Secrets Manager secret was specified. Specify a valid ARN and try again.`,
    ],
    [
      '/none',
      `${trouble} secrets from ssm: service call has been retried 1 time(s): invalid ssm parameters: /none`,
    ],
    [
      'arn:aws:s3:::bucket',
      `${trouble} secrets: arn:aws:s3:::bucket is neither of AWS Systems Manager nor of AWS Secrets Manager`,
    ],
  ];
  for (const [valueFrom, reason] of cases) expect(await runWith(engine, { A: valueFrom })).toBe(reason);
  expect(await runWith(engine, { A: '/one', B: '/two', C: arn })).toMatch(
    /: invalid ssm parameters: \/one, \/two$/,
  );
  for (const file of ['engine.log', 'state.db', 'state.db-wal'])
    expect(readFileSync(join(engine.folder, file)).includes('swordfish'), file).toBe(false);
});
