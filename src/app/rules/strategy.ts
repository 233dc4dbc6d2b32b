import type { Found } from '../problems.ts';
import { usualTimes } from '../strategy.ts';
import type { EnvironmentRule } from './rule.ts';

/** What ECS would refuse, or would end before it is over. */
export const strategy: EnvironmentRule = ({ settings: { strategy: said }, engine }) => {
  if (said === undefined || said.kind === 'rolling') return [];
  const pause = said.pauseTimeoutMinutes ?? usualTimes[engine].pauseTimeoutMinutes;
  const found = [...atAPause('bake', said.bake, pause)];
  if (said.kind === 'canary')
    found.push(...atAPause('watch', said.watch, pause), ...portion('percent', said.percent, 0.1));
  if (said.kind === 'linear')
    found.push(...atAPause('every', said.every, pause), ...portion('step', said.step, 3));
  return found;
};

/** Fairway watches while the engine pauses, and a pause cannot be made longer. */
function atAPause(key: string, seconds: number | undefined, pauseTimeoutMinutes: number): readonly Found[] {
  if (seconds === undefined || seconds < pauseTimeoutMinutes * 60) return [];
  return [
    {
      code: 'too-long',
      path: ['strategy', key],
      what: `${seconds} s are to be watched at a pause that ends after ${pauseTimeoutMinutes} min.`,
      why: 'The engine rolls back by itself when a pause ends.',
      next: `Make \`pauseTimeoutMinutes\` ${Math.floor(seconds / 60) + 5} or more, or \`${key}\` shorter.`,
    },
  ];
}

function portion(key: string, percent: number | undefined, least: number): readonly Found[] {
  if (percent === undefined) return [];
  const tenths = Math.round(percent * 10);
  if (percent >= least && percent <= 100 && Math.abs(percent * 10 - tenths) < 1e-9) return [];
  const likely = Math.min(100, Math.max(least, tenths / 10));
  return [
    {
      code: 'wrong-size',
      path: ['strategy', key],
      what: `ECS does not shift traffic by ${percent}%.`,
      why: `It shifts ${least}% to 100%, in tenths of a percent.`,
      next: `Say "${likely}%".`,
    },
  ];
}
