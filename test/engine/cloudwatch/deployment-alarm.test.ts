import { expect, test } from 'vitest';
import { blueGreenApp, latestDeployment, settled, testEngine } from '../core/rig.ts';
import { eventually } from '../tasks/rig.ts';
import { cloudwatchOf } from './rig.ts';

test('a deployment that bakes is rolled back when its alarm goes red', async () => {
  const engine = await testEngine();
  const app = await blueGreenApp(engine);
  const client = cloudwatchOf(engine);
  await client.putMetricAlarm({
    AlarmName: 'orders-fail',
    Namespace: 'Shop',
    MetricName: 'FailedOrders',
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
  });
  await app.release(
    { VERSION: '2' },
    {
      strategy: 'BLUE_GREEN',
      bakeTimeInMinutes: 1000,
      alarms: { alarmNames: ['orders-fail'], enable: true, rollback: true },
    },
  );
  await app.answers('2');
  await eventually(
    async () => (await latestDeployment(engine.clients.ecs)).lifecycleStage === 'BAKE_TIME' || null,
    'a deployment that bakes',
  );
  await client.putMetricData({ Namespace: 'Shop', MetricData: [{ MetricName: 'FailedOrders', Value: 1 }] });
  const deployment = await settled(engine.clients.ecs, 'ROLLBACK_SUCCESSFUL');
  expect(deployment.alarms).toMatchObject({ triggeredAlarmNames: ['orders-fail'] });
  await app.answers('1');
});
