import type { Found } from '../problems.ts';
import { METRIC_UNITS } from '../schema/watch.ts';
import type { EnvironmentRule } from './rule.ts';

export const alarms: EnvironmentRule = ({ settings }) => {
  const found: Found[] = [];
  for (const [name, alarm] of Object.entries(settings.alarms)) {
    const path = ['alarms', name];
    if ((alarm.above === undefined) === (alarm.below === undefined)) {
      found.push({
        code: 'wrong-threshold',
        path,
        what: `The alarm says ${alarm.above === undefined ? 'neither' : 'both'} \`above\` ${alarm.above === undefined ? 'nor' : 'and'} \`below\`.`,
        next: 'Say one of them.',
      });
    }
    if (alarm.for % 60 !== 0 || alarm.for === 0) {
      found.push({
        code: 'wrong-duration',
        path: [...path, 'for'],
        what: `An alarm cannot look at ${alarm.for} seconds.`,
        why: 'CloudWatch looks at whole minutes.',
        next: `Say '${Math.max(1, Math.round(alarm.for / 60))}m'.`,
      });
    }
    if (typeof alarm.metric !== 'string') continue;
    const unit = METRIC_UNITS[alarm.metric];
    for (const key of ['above', 'below'] as const) {
      const threshold = alarm[key];
      if (threshold === undefined) continue;
      const said = typeof threshold === 'number' ? '' : threshold.replace(/^[\d.]+/, '');
      if (said === unit) continue;
      found.push({
        code: 'wrong-threshold',
        path: [...path, key],
        what: `\`${alarm.metric}\` is not measured in ${said === '' ? 'plain numbers' : said}.`,
        why: unit === '' ? 'It is counted.' : `It is measured in ${unit}.`,
        next: `Say ${unit === '' ? Number.parseFloat(String(threshold)) : JSON.stringify(`${Number.parseFloat(String(threshold))}${unit}`)}.`,
      });
    }
  }
  return found;
};
