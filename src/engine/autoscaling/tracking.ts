/** Minutes above the target after which a policy scales out, and clearly below it after which it scales in: AWS's alarms. */
const minutesAbove = 3;
const minutesBelow = 15;
/** Clearly below: AWS leaves a tenth, so that it does not swing. */
const clearly = 0.9;

/** For how many minutes in a row a metric has been beyond its target. */
export interface Streak {
  readonly above: number;
  readonly below: number;
}

export const noStreak: Streak = { above: 0, below: 0 };

export function continued({ above, below }: Streak, value: number | null, target: number): Streak {
  if (value === null) return noStreak;
  return {
    above: value > target ? above + 1 : 0,
    below: value < target * clearly ? below + 1 : 0,
  };
}

export function directionOf({ above, below }: Streak): 'out' | 'in' | null {
  if (above >= minutesAbove) return 'out';
  return below >= minutesBelow ? 'in' : null;
}

/** As many as would bring the metric to its target, were the load spread evenly; a fraction of a task is a whole one. */
export const trackedCapacity = (capacity: number, value: number, target: number): number =>
  Math.ceil(Number(((capacity * value) / target).toFixed(6)));
