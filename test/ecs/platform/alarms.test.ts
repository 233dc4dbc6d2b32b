import { describe, expect, it } from 'vitest';
import type { DeploymentAlarm } from '../../../src/app/environment.ts';
import { alarmInput } from '../../../src/ecs/platform/alarms.ts';
import { isTaskService } from '../../../src/ecs/task-definition.ts';
import { appOf, web } from './shop.ts';

const worker = { kind: 'worker', command: 'node worker.js' };
const limits = { 'error-rate': '1%', p95: '500ms', cpu: '70%', 'failed-health-checks': 0 } as const;

const group = (name: string) =>
  `arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/${name}/0123456789abcdef`;
const rule = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:listener-rule/app/shop/aa/bb/cc';

function inputs(alarms: object, services: Readonly<Record<string, object>>) {
  const environment = appOf('shop', services, { alarms });
  const watched = environment.services.filter(isTaskService).map((service) => ({
    service,
    routing:
      service.kind === 'web'
        ? {
            targetGroups: [group(`${service.name}-a`), group(`${service.name}-b`)] satisfies [string, string],
            productionRule: rule,
            testRule: rule,
            role: 'arn:aws:iam::000000000000:role/shop',
            url: 'http://127.0.0.1:80',
            testUrl: 'http://127.0.0.1:81',
            testHeaders: {},
          }
        : null,
  }));
  return environment.alarms.map((alarm: DeploymentAlarm) => alarmInput(environment, alarm, watched));
}

describe('an alarm of the description at the engine', () => {
  it.each(Object.entries(limits))('is as before: %s', async (metric, above) => {
    const alarm = { metric, above, for: '5m', rollBack: true };
    const [input] = inputs({ Watched: alarm }, { web: web(), worker });
    await expect(`${JSON.stringify(input, null, 2)}\n`).toMatchFileSnapshot(
      `../../golden/alarms/${metric}.json`,
    );
  });

  it('watches the service that it names, and nothing where that has no such metric', () => {
    const alarm = { metric: 'error-rate', above: '1%', rollBack: true };
    const services = { web: web(), api: web({ paths: ['/api/*'] }), worker };
    const [one] = inputs({ Watched: { ...alarm, service: 'api' } }, services);
    expect(JSON.stringify(one)).toContain('api-a');
    expect(JSON.stringify(one)).not.toContain('web-a');
    expect(inputs({ Watched: { ...alarm, service: 'worker' } }, services)).toEqual([null]);
  });

  it('is none where it does not roll back, or watches what is measured on AWS only', () => {
    const alarms = {
      Told: { metric: 'cpu', above: '70%' },
      Disk: { metric: 'disk', above: '85%', rollBack: true },
    };
    expect(inputs(alarms, { web: web() })).toEqual([]);
  });
});
