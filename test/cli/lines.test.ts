import { describe, expect, it } from 'vitest';
import { bar, causeLines, lineOf, seconds } from '../../src/cli/present/lines.ts';
import type { DeploymentStatus } from '../../src/ecs/state.ts';
import { lifecycle } from '../../src/engine/deployments/stages.ts';
import type { Step } from '../../src/deployment/progress.ts';
import type { Cause } from '../../src/journal/cause.ts';
import type { Event } from '../../src/journal/event.ts';
import type { Evidence, HarmfulStatement } from '../../src/journal/evidence.ts';

const cause: Cause = {
  code: 'gate-failed',
  service: 'api',
  what: 'smoke: log in: expected 200',
  evidence: [],
};

/** What is told of a deployment of which the engine tells no stage. */
const statuses = [
  'pending',
  'in-progress',
  'successful',
  'stop-requested',
  'stopped',
  'rollback-requested',
  'rolling-back',
  'rolled-back',
  'rollback-failed',
] as const satisfies readonly DeploymentStatus[];

const harmful: HarmfulStatement = {
  script: '0005_prices.up.sql',
  line: 3,
  shown: 'ALTER TABLE orders DROP COLUMN note',
  fingerprint: '3f9a1c0d2b47',
  reasons: [
    { class: 'breaks-running', why: 'the running revision may read it', instead: 'drop it a release later' },
    { class: 'loses-data', why: 'what is in it is gone', instead: null },
  ],
};

/** One of every type; a type that is left out does not compile. */
const events: { readonly [Type in Event['type']]: readonly Extract<Event, { type: Type }>[] } = {
  'deployment.started': [
    {
      type: 'deployment.started',
      kind: { kind: 'deploy' },
      by: 'anna@laptop',
      host: 'laptop',
      fairway: '0.1.0',
    },
  ],
  'journal.repaired': [{ type: 'journal.repaired', droppedBytes: 17 }],
  'release.built': [
    { type: 'release.built', release: '1f0c22ab90de', images: {}, built: ['api', 'web'], seconds: 4.21 },
    { type: 'release.built', release: '1f0c22ab90de', images: {}, built: [], seconds: 0 },
    {
      type: 'release.built',
      release: '1f0c22ab90de',
      images: {},
      built: ['api'],
      pushed: ['api', 'web'],
      seconds: 7.5,
    },
  ],
  'migration.classified': [
    { type: 'migration.classified', statements: 3, harmful: [] },
    { type: 'migration.classified', statements: 1, harmful: [harmful, { ...harmful, script: null }] },
  ],
  'migration.started': [{ type: 'migration.started', service: 'api', taskDefinition: 'api:2', before: '4' }],
  'migration.finished': [
    { type: 'migration.finished', before: '4', after: '5', seconds: 1.04 },
    { type: 'migration.finished', before: '5', after: '5', seconds: 12.7 },
    { type: 'migration.finished', before: null, after: '5', seconds: 1 },
    { type: 'migration.finished', before: null, after: null, seconds: 1 },
  ],
  'migration.failed': [{ type: 'migration.failed', before: '4', after: '4', evidence: [] }],
  'rollout.planned': [{ type: 'rollout.planned', rollout: { services: [], scaleUpDeadline: 1 } }],
  'update.requested': [{ type: 'update.requested', service: 'api', previousDeployment: null }],
  'stage.entered': [...lifecycle, ...statuses, 'A_STAGE_OF_TOMORROW'].map((stage) => ({
    type: 'stage.entered',
    service: 'api',
    stage,
  })),
  'traffic.shifted': [
    { type: 'traffic.shifted', service: 'api', blue: 100, green: 0 },
    { type: 'traffic.shifted', service: 'a-long-name', blue: 70, green: 30 },
    { type: 'traffic.shifted', service: 'api', blue: 0, green: 100 },
  ],
  'gate.passed': [{ type: 'gate.passed', gate: 'sign in', summary: '3 requests', seconds: 0.26 }],
  'gate.failed': [{ type: 'gate.failed', gate: 'load', summary: 'p95 912 ms', seconds: 10.4, evidence: [] }],
  'barrier.reached': [{ type: 'barrier.reached', barrier: 'A' }],
  'barrier.judged': [{ type: 'barrier.judged', barrier: 'B', cause: null }],
  'pause.answered': [
    {
      type: 'pause.answered',
      service: 'api',
      deployment: 'd',
      hookId: 'h',
      barrier: 'A',
      action: 'CONTINUE',
    },
  ],
  'release.committed': [{ type: 'release.committed' }],
  'rollback.decided': [{ type: 'rollback.decided', cause }],
  'stop.requested': [{ type: 'stop.requested', service: 'api', deployment: 'd' }],
  'restore.requested': [
    { type: 'restore.requested', service: 'api', revision: 'api:1', previousDeployment: null },
  ],
  'removal.requested': [{ type: 'removal.requested', service: 'api' }],
  'service.retired': [{ type: 'service.retired', service: 'old' }],
  'store.retired': [{ type: 'store.retired', store: 'cache' }],
  'deployment.concluded': [
    { type: 'deployment.concluded', verdict: 'rolled-back', cause, running: { api: 'api:1' } },
  ],
};

const steps: { readonly [Name in Step]: string } = {
  load: 'fairway.config.ts',
  lease: 'held by anna',
  preflight: 'local',
  plan: '',
  build: 'api: npm run build',
  push: 'api → 127.0.0.1:5000/shop/api',
  register: '',
  classify: 'alembic',
  migrate: 'node migrate.js',
  update: 'api',
  gates: 'health',
  shift: 'api',
  compare: '20 % on green, 10 s',
  bake: '10 s',
  'clean-up': 'api',
  undo: 'api',
};

const stepNames = Object.keys(steps).filter((name): name is Step => name in steps);

describe('the line of a running deployment', () => {
  it('is as before for every event and every step; some are worth none', async () => {
    const ofEvents = Object.values(events)
      .flat()
      .map((event) => {
        const line = lineOf({ kind: 'entry', deployment: 'd', entry: { seq: 1, at: 0, epoch: 1, event } });
        return `${event.type.padEnd(22)}${line ? `${line.topic.padEnd(10)}${line.tone.padEnd(6)}${line.text}` : '-'}`;
      });
    const ofSteps = stepNames.map((step) => {
      const line = lineOf({ kind: 'step', step, detail: steps[step] });
      return `step ${step.padEnd(17)}${line ? `${line.topic.padEnd(10)}${line.tone.padEnd(6)}${line.text}` : '-'}`;
    });
    await expect(`${[...ofEvents, ...ofSteps].join('\n')}\n`).toMatchFileSnapshot(
      '../golden/present/lines.txt',
    );
  });

  it('tells stages to people: no name of ECS is left among them', () => {
    for (const stage of [...lifecycle, ...statuses]) {
      const event = { type: 'stage.entered', service: 'web', stage } as const;
      const line = lineOf({ kind: 'entry', deployment: 'd', entry: { seq: 1, at: 0, epoch: 1, event } });
      expect(line?.text, stage).not.toMatch(/[A-Z]{2}|_|-/);
    }
  });

  it('says nothing of what is only waited for', () => {
    expect(lineOf({ kind: 'waiting', for: 'the lease' })).toBeNull();
    expect(lineOf({ kind: 'state', state: { readAt: 0, services: {} } })).toBeNull();
  });

  it('has a bar as long as it is full', () => {
    expect([0, 30, 100].map((percent) => bar(percent, 10))).toEqual([
      '░░░░░░░░░░',
      '███░░░░░░░',
      '██████████',
    ]);
  });

  it('has tenths of a second only where they tell something', () => {
    expect([0, 0.04, 0.26, 9.94, 10.4, 75].map(seconds)).toEqual([
      '0.0 s',
      '0.0 s',
      '0.3 s',
      '9.9 s',
      '10 s',
      '75 s',
    ]);
  });
});

const evidence: { readonly [Kind in Evidence['kind']]: readonly Extract<Evidence, { kind: Kind }>[] } = {
  response: [
    {
      kind: 'response',
      request: 'GET http://127.0.0.1:8081/health',
      status: 503,
      body: '{"status":"starting"}',
      expected: 'status 200',
      found: 'status 503',
    },
    {
      kind: 'response',
      request: 'POST http://127.0.0.1:8081/api/auth/login',
      status: null,
      body: '',
      expected: 'status 200',
      found: 'connect ECONNREFUSED',
    },
    {
      kind: 'response',
      request: 'GET /long',
      status: 200,
      body: 'x'.repeat(2000),
      expected: 'contains "ok"',
      found: 'a body without it',
    },
  ],
  output: [
    { kind: 'output', source: 'npm run build', exitCode: 2, lines: ['compiling', 'error: no such file'] },
    {
      kind: 'output',
      source: 'node test.js',
      exitCode: null,
      lines: Array.from({ length: 40 }, (_, index) => `line ${index + 1}`),
    },
    ...[
      { leftOut: 0, last: 5 },
      { leftOut: 0, last: 13 },
      { leftOut: 952, last: 40 },
      { leftOut: null, last: 40 },
    ].map(({ leftOut, last }): Extract<Evidence, { kind: 'output' }> => ({
      kind: 'output',
      source: 'npm run migrate',
      exitCode: 1,
      first: { lines: ['migrating', 'error: relation "items" does not exist'], leftOut },
      lines: Array.from({ length: last }, (_, index) => `at frame ${index + 1}`),
    })),
  ],
  task: [
    {
      kind: 'task',
      service: 'api',
      task: '3f9ac0de00000000',
      exitCode: 1,
      reason: 'Essential container in task exited',
      lines: ['Error: listen EADDRINUSE'],
    },
    { kind: 'task', service: 'api', task: '3f9ac0de', exitCode: null, reason: 'it never started', lines: [] },
  ],
  statements: [{ kind: 'statements', statements: [harmful, { ...harmful, script: null }] }],
  figures: [
    {
      kind: 'figures',
      figures: [
        { name: 'p95', value: 912.34, unit: 'ms', limit: 500, ok: false },
        { name: 'errors', value: 0, unit: '%', limit: 1, ok: true },
        { name: 'requests', value: 500, unit: 'requests', limit: null, ok: true },
      ],
    },
  ],
};

describe('a cause', () => {
  it.each(Object.entries(evidence))('is shown with what shows it: %s', async (kind, evidence) => {
    const lines = evidence.flatMap((one) => causeLines({ ...cause, evidence: [one] }));
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`../golden/present/cause.${kind}.txt`);
  });

  it('brings no colours of the app, and nothing else that would steer a terminal', () => {
    const lines = ['\u001B[31mError\u001B[39m: no', '\u001B]0;title\u0007\u001B[2J'];
    const output = { kind: 'output', source: 'npm test', exitCode: 1, lines } as const;
    expect(causeLines({ ...cause, evidence: [output] }).slice(-2)).toEqual(['    │ Error: no', '    │ ']);
  });

  it('without evidence is one line', () => {
    expect(causeLines(cause)).toEqual(['smoke: log in: expected 200']);
  });
});
