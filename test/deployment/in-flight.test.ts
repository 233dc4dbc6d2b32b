import { expect, test } from 'vitest';
import { refuseInFlight } from '../../src/deployment/in-flight.ts';
import type { DeploymentReading, DeploymentStatus, ServiceReading } from '../../src/ecs/state.ts';
import { Refusal } from '../../src/refusal.ts';

const moving: readonly DeploymentStatus[] = [
  'pending',
  'in-progress',
  'stop-requested',
  'rollback-requested',
  'rolling-back',
];
const over: readonly DeploymentStatus[] = ['successful', 'stopped', 'rolled-back', 'rollback-failed'];

test.each(moving)('a deployment that is %s is left alone', (status) => {
  const act = (): void => refuseInFlight('production', { readAt: 0, services: { api: present(status) } });
  expect(act).toThrow(Refusal);
  expect(act).toThrow('api is being deployed already, and not by Fairway');
});

test.each(over)('one that is %s is in nobody’s way', (status) => {
  const services = { api: present(status), worker: { kind: 'absent' as const } };
  refuseInFlight('production', { readAt: 0, services });
});

test('all services that are being deployed are told at once', () => {
  const services = { api: present('in-progress'), web: present('successful'), worker: present('pending') };
  const problems = problemsOf(() => refuseInFlight('production', { readAt: 0, services }));
  expect(problems.map(({ what }) => what.split(' ')[0])).toEqual(['api', 'worker']);
  expect(problems[0]?.next).toContain('--service-deployment-arn arn:deployment');
});

function problemsOf(act: () => void) {
  try {
    act();
  } catch (error) {
    if (error instanceof Refusal) return error.problems;
    throw error;
  }
  return [];
}

function present(status: DeploymentStatus): ServiceReading {
  const deployment: DeploymentReading = {
    id: 'arn:deployment',
    target: 'arn:task-definition/api:2',
    source: null,
    status,
    stage: null,
    pause: null,
    reason: null,
    green: { desired: 1, running: 0, failed: 0 },
    groups: { blue: null, green: null },
    traffic: null,
  };
  return { kind: 'present', serving: 'arn:task-definition/api:1', desired: 1, running: 1, deployment };
}
