import type { AppEnvironment } from './app.ts';
import type { Comparison, Strategy } from './environment.ts';
import type { CheckedEnvironment } from './schema/settings.ts';

/** Where a description says nothing: seconds, but for the time-out of a pause. */
export const usualTimes = {
  embedded: { bake: 5, watch: 10, every: 5, scaleUpDeadline: 60, pauseTimeoutMinutes: 5 },
  ecs: { bake: 300, watch: 300, every: 60, scaleUpDeadline: 600, pauseTimeoutMinutes: 60 },
} as const;

export function strategyOf({ engine, settings }: AppEnvironment): Strategy {
  const said = settings.strategy ?? { kind: 'blue-green' };
  const usual = usualTimes[engine];
  const scaleUpDeadline = said.scaleUpDeadline ?? usual.scaleUpDeadline;
  if (said.kind === 'rolling') return { kind: 'rolling', scaleUpDeadline };
  const shifting = {
    bake: said.bake ?? usual.bake,
    scaleUpDeadline,
    pauseTimeoutMinutes: said.pauseTimeoutMinutes ?? usual.pauseTimeoutMinutes,
  };
  switch (said.kind) {
    case 'blue-green':
      return { kind: 'blue-green', ...shifting };
    case 'canary': {
      const [percent, watch] = [said.percent ?? 10, said.watch ?? usual.watch];
      return { kind: 'canary', ...shifting, percent, watch, compare: comparisonOf(said.compare, settings) };
    }
    case 'linear': {
      const [step, watch] = [said.step ?? 10, said.every ?? usual.every];
      return { kind: 'linear', ...shifting, step, watch, compare: comparisonOf(said.compare, settings) };
    }
  }
}

type SaidComparison = Extract<NonNullable<CheckedEnvironment['strategy']>, { kind: 'canary' }>['compare'];

function comparisonOf(said: SaidComparison, { gates }: CheckedEnvironment): Comparison {
  const health = Object.values(gates).find((gate) => gate.kind === 'health');
  return {
    errorRate: (said?.errorRate ?? 1) / 100,
    slower: (said?.slower ?? 50) / 100,
    requests: said?.requests ?? 50,
    path: said?.path ?? health?.path ?? null,
  };
}
