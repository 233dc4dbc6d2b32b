import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHealthWatch } from '../../src/deployment/health-watch.ts';
import { withEvidence } from '../../src/deployment/witness.ts';
import type { Cause } from '../../src/journal/cause.ts';
import type { Rollout } from '../../src/journal/rollout.ts';
import { appOf } from '../ecs/platform/shop.ts';
import { clientsOfStub } from '../ecs/rig.ts';
import { freePort } from '../ports.ts';
import { bench, deploymentOf } from './rig.ts';

const environment = appOf('shop', {
  web: { kind: 'web', port: 8000, command: 'node web.js', health: { path: '/health' } },
});
const rollout: Rollout = {
  services: [{ service: 'web', target: 'web:2', previous: 'web:1', pauses: true }],
  scaleUpDeadline: 60_000,
};

const failedChecks = 'Task failed ELB health checks in (target-group arn:group)';
const exited = 'Essential container in task exited';

interface Engine {
  /** Reasons of the tasks that stopped, newest first. */
  readonly stopped: readonly string[];
  /** Where the task that runs listens. */
  readonly port?: number;
}

async function told(cause: Cause, { stopped, port }: Engine): Promise<Cause> {
  const tasks = stopped.map((stoppedReason, index) => ({
    taskArn: `arn:task/${index}`,
    taskDefinitionArn: 'web:2',
    lastStatus: 'STOPPED',
    stoppedReason,
    stoppedAt: new Date(1_000_000 - index * 1000),
    containers: [{ name: 'web', exitCode: stoppedReason === exited ? 3 : 0 }],
  }));
  const running = {
    taskArn: 'arn:task/running',
    taskDefinitionArn: 'web:2',
    lastStatus: 'RUNNING',
    containers: [
      { name: 'web', networkBindings: [{ bindIP: '127.0.0.1', containerPort: 8000, hostPort: port }] },
    ],
  };
  const clients = await clientsOfStub((operation, input) => {
    const asked = JSON.stringify(input);
    if (operation === 'ListTasks')
      return Promise.resolve({
        taskArns: asked.includes('"RUNNING"')
          ? port === undefined
            ? []
            : [running.taskArn]
          : tasks.map(({ taskArn }) => taskArn),
      });
    if (operation === 'DescribeTasks')
      return Promise.resolve({ tasks: asked.includes('running') ? [running] : tasks });
    return Promise.resolve({ events: [{ timestamp: 1, message: 'token hunter2-hunter2' }] });
  });
  const one = await bench({ clients, secrets: ['hunter2-hunter2'] });
  const deployment = deploymentOf(environment, one);
  const health = createHealthWatch(deployment, one.tools, rollout);
  return withEvidence(cause, rollout, deployment, one.tools, health);
}

async function listening(answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const failed: Cause = { code: 'task-exited', service: 'web', what: '3 tasks failed', evidence: [] };

describe('tasks of the new version that failed', () => {
  it('by themselves have exited, with exit code and last words, and nobody is asked for health', async () => {
    const port = await listening((_, response) => response.writeHead(503).end());
    const cause = await told(failed, { stopped: [exited], port });
    expect(cause).toMatchObject({ code: 'task-exited', what: '3 tasks failed' });
    expect(cause.evidence).toMatchObject([{ kind: 'task', exitCode: 3, lines: ['token ***'] }]);
  });

  it('in both ways have exited: the one that ended by itself is shown', async () => {
    const cause = await told(failed, { stopped: [failedChecks, exited] });
    expect(cause).toMatchObject({ code: 'task-exited', evidence: [{ task: '1', reason: exited }] });
  });

  it('their health checks were never healthy, and what they answered is shown without secrets', async () => {
    const port = await listening((_, response) => response.writeHead(503).end('no hunter2-hunter2 yet'));
    const cause = await told(failed, { stopped: [failedChecks, failedChecks], port });
    expect(cause.code).toBe('never-healthy');
    expect(cause.what).toContain('health check: GET /health answered status 503 instead of 200 to 299');
    expect(cause.evidence).toMatchObject([
      { kind: 'response', request: 'GET /health', status: 503, body: 'no *** yet' },
      { kind: 'task', reason: failedChecks },
    ]);
  });

  it('their health checks because nothing listens are told which port to listen on', async () => {
    const cause = await told(failed, { stopped: [failedChecks], port: await freePort() });
    expect(cause.code).toBe('never-healthy');
    expect(cause.what).toContain('ECONNREFUSED');
    expect(cause.what).toContain('$PORT');
    expect(cause.evidence).toMatchObject([{ kind: 'response', status: null }, { kind: 'task' }]);
  });

  it('their health checks while they served have failed the bake', async () => {
    const cause = await told({ ...failed, code: 'failed-during-bake' }, { stopped: [failedChecks] });
    expect(cause).toMatchObject({ code: 'failed-during-bake' });
    expect(cause.what).toContain('did not pass its health check');
  });
});
