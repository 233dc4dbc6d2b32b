import { createServer, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import type { Handover } from '../../../src/ecs/handover.ts';
import { findingsOf, type Check } from '../../../src/ecs/preflight/findings.ts';
import { quotas } from '../../../src/ecs/preflight/quotas.ts';
import { permissions } from '../../../src/ecs/preflight/roles.ts';
import { clientsAt } from '../rig.ts';
import { shop } from './estate.ts';

/** What AWS answers where no stand-in does, as its documentation shows it. */
interface Answer {
  readonly status?: number;
  readonly body: string;
}

const secret = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/session-AbCdEf';
const handover: Handover = {
  version: 1,
  cluster: 'shop',
  service: 'api',
  loadBalancer: null,
  network: { subnets: [], securityGroups: [], publicIp: false },
  roles: { execution: 'arn:aws:iam::123456789012:role/execution', task: null },
  values: { 'secret:shop/session': secret, 'parameter:/shop/level': '/shop/level' },
};

test('an execution role that lacks an action is told with the action and what it is wanted on', async () => {
  const asked: URLSearchParams[] = [];
  const findings = await look(permissions, (body) => {
    const question = new URLSearchParams(body);
    asked.push(question);
    const allowed = question.get('ActionNames.member.1') !== 'secretsmanager:GetSecretValue';
    return { body: simulation(question, allowed) };
  });
  expect(findings.unchecked).toEqual([]);
  expect(findings.problems).toMatchObject([
    {
      code: 'role-lacks',
      what: `api: its execution role may not secretsmanager:GetSecretValue on ${secret}`,
    },
  ]);
  expect(asked.map((question) => question.get('ResourceArns.member.1'))).toEqual([
    'arn:aws:logs:eu-central-1:123456789012:log-group:/fairway/shop/production/api:log-stream:*',
    secret,
    'arn:aws:ssm:eu-central-1:123456789012:parameter/shop/level',
  ]);
});

test('an execution role that may do everything is not told of', async () => {
  const findings = await look(permissions, (body) => ({ body: simulation(new URLSearchParams(body), true) }));
  expect(findings).toEqual({ problems: [], unchecked: [] });
});

test('what one may not look at is said, and refuses nothing', async () => {
  const findings = await look(permissions, () => ({
    status: 403,
    body: `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: ana is not authorized to perform: iam:SimulatePrincipalPolicy</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
  }));
  expect(findings.problems).toEqual([]);
  expect(findings.unchecked).toEqual([
    {
      what: permissions.what,
      why: 'User: ana is not authorized to perform: iam:SimulatePrincipalPolicy',
    },
  ]);
});

test.each([
  [4, []],
  [3, ['quota-short']],
])('a quota of %i processors, of which 3 run and 0.25 are needed', async (Value, codes) => {
  const findings = await look(quotas, (_, { headers }) =>
    headers['x-amz-target'] === 'ServiceQuotasV20190624.GetServiceQuota'
      ? { body: JSON.stringify({ Quota: { Value, UsageMetric: { MetricName: 'ResourceCount' } } }) }
      : { body: JSON.stringify({ Label: 'ResourceCount', Datapoints: [{ Maximum: 2 }, { Maximum: 3 }] }) },
  );
  expect(findings.unchecked).toEqual([]);
  expect(findings.problems.map(({ code }) => code)).toEqual(codes);
});

async function look(check: Check, answer: (body: string, request: IncomingMessage) => Answer) {
  const server = createServer((request, response) => {
    void (async () => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const { status = 200, body: text } = answer(body, request);
      const type = text.startsWith('<') ? 'text/xml' : 'application/x-amz-json-1.1';
      response.writeHead(status, { 'content-type': type }).end(text);
    })();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const { environment, service } = shop();
  const clients = clientsAt(`http://127.0.0.1:${address.port}`);
  return findingsOf(check, { clients, environment, services: [{ service, handover }] });
}

function simulation(question: URLSearchParams, allowed: boolean): string {
  const members = [...question]
    .filter(([name]) => name.startsWith('ActionNames.member.'))
    .map(
      ([, action]) =>
        `<member><EvalActionName>${action}</EvalActionName><EvalDecision>${allowed ? 'allowed' : 'implicitDeny'}</EvalDecision><EvalResourceName>${question.get('ResourceArns.member.1') ?? ''}</EvalResourceName></member>`,
    );
  return `<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults>${members.join('')}</EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`;
}
