/** What the balancer has acknowledged. */
export interface AppliedRules {
  /**
   * Weights by target group that the balancer goes by for certain; null where that is not known, and **while it is being
   * told of other ones**: of what was acknowledged before, nothing follows then.
   */
  weights(ruleArn: string): ReadonlyMap<string, number> | null;
}
