/** What the balancer has acknowledged. */
export interface AppliedRules {
  /** Weights by target group; null when the rule, as it stands in the model, is not known to be applied. */
  weights(ruleArn: string): ReadonlyMap<string, number> | null;
}
