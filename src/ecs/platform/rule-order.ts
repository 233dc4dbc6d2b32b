/** A rule that is there; `service` is null when nobody described it. */
export interface ExistingRule {
  readonly arn: string;
  readonly priority: number;
  readonly service: string | null;
}

export interface PlacedRule {
  /** Null for one that is still to be made. */
  readonly rule: ExistingRule | null;
  readonly service: string | null;
}

/**
 * The order in which rules are tried: described services in theirs, and each rule of nobody still before the described
 * one that it came before, so that what it takes from that one it goes on taking.
 */
export function orderOfRules(
  existing: readonly ExistingRule[],
  services: readonly string[],
): readonly PlacedRule[] {
  const before = new Map<string | null, ExistingRule[]>();
  let next: string | null = null;
  for (const rule of existing.toSorted((a, b) => b.priority - a.priority)) {
    if (rule.service === null) before.set(next, [rule, ...(before.get(next) ?? [])]);
    else next = rule.service;
  }
  const nobodys = (place: string | null): readonly PlacedRule[] =>
    (before.get(place) ?? []).map((rule) => ({ rule, service: null }));
  return [
    ...services.flatMap((service) => [
      ...nobodys(service),
      { rule: existing.find((rule) => rule.service === service) ?? null, service },
    ]),
    ...nobodys(null),
  ];
}
