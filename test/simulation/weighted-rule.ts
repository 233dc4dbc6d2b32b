/** Percent for the two target groups of a service. */
export type GroupWeights = readonly [number, number];

/** A listener rule of the load balancer: a change takes time to be acknowledged, and changes land one after the other. */
export function createWeightedRule(initial: GroupWeights, lagMs: () => number) {
  let applied = initial;
  let flight: { readonly weights: GroupWeights; readonly lands: number } | null = null;

  return {
    age(now: number) {
      if (flight && now >= flight.lands) {
        applied = flight.weights;
        flight = null;
      }
    },
    push(weights: GroupWeights, now: number) {
      if (flight || same(weights, applied)) return;
      flight = { weights, lands: now + lagMs() };
    },
    /** What has been acknowledged; null while a change is on its way. */
    seen(): GroupWeights | null {
      return flight ? null : applied;
    },
    applied(): GroupWeights {
      return applied;
    },
  };
}

function same(one: GroupWeights, other: GroupWeights): boolean {
  return one[0] === other[0] && one[1] === other[1];
}
