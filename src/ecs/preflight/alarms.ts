import type { Problem } from '../../refusal.ts';
import { handedOver, type Check } from './findings.ts';

/** ECS takes no notice of its alarms in a deployment that begins while one of them is on. */
export const alarms: Check = {
  what: 'whether the alarms of the deployment are quiet',
  async look(ready) {
    const { paginateDescribeAlarms } = await import('@aws-sdk/client-cloudwatch');
    const wanted = [...new Set(ready.services.flatMap(({ handover }) => handover.alarms ?? []))];
    if (wanted.length === 0) return [];
    const client = await ready.clients.cloudwatch();
    const states = new Map<string, string>();
    const pages = Array.from({ length: Math.ceil(wanted.length / 100) }, (_, page) =>
      wanted.slice(page * 100, (page + 1) * 100),
    );
    for (const AlarmNames of pages)
      for await (const { MetricAlarms = [], CompositeAlarms = [] } of paginateDescribeAlarms(
        { client },
        { AlarmNames, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] },
      ))
        for (const { AlarmName = '', StateValue = '' } of [...MetricAlarms, ...CompositeAlarms])
          states.set(AlarmName, StateValue);
    return wanted.flatMap((name): readonly Problem[] => {
      const state = states.get(name);
      if (state === 'ALARM')
        return [
          {
            code: 'alarm-on',
            what: `the alarm ${name} is on`,
            where: `CloudWatch, ${ready.clients.address.region}`,
            why: 'Amazon ECS takes no notice of alarms in a deployment that begins while one of them is on: nothing would roll it back',
            next: 'mend what it tells of first, or wait until it is quiet',
          },
        ];
      if (state !== undefined) return [];
      const owner = ready.services.find(({ handover }) => handover.alarms?.includes(name) === true);
      return [
        {
          code: 'alarm-missing',
          what: `there is no alarm ${name}`,
          where: owner === undefined ? name : handedOver(ready, owner),
          why: 'the hand-over says that it rolls a deployment back',
          next: 'make the alarm, or take its name out of the hand-over',
        },
      ];
    });
  },
};
