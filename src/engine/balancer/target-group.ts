import type { Clock } from './clock.ts';
import type { GroupStatus } from './status.ts';
import type { TargetConfig, TargetGroupConfig } from './wanted.ts';
import type { Health } from './health.ts';
import { GroupMetrics } from './group-metrics.ts';
import type { RequestHead } from './http/request-head.ts';
import type { ResponseHead } from './http/response-head.ts';
import type { TargetStickiness } from './stickiness.ts';
import { targetStickiness } from './stickiness.ts';
import { Target } from './target.ts';

export interface GroupContext {
  readonly clock: Clock;
  readonly targetChanged: (group: TargetGroup, target: Target) => void;
  /** What a balancer before this one knew of a target. */
  readonly remembered: (groupArn: string, target: TargetConfig) => Health | null;
}

/** A target that has just begun its slow start still gets this share of a full one's requests. */
const LEAST_SHARE = 0.05;

/** A target group: which of its targets gets the next request. */
export class TargetGroup {
  readonly arn: string;
  readonly metrics = new GroupMetrics();
  #config: TargetGroupConfig;
  #targets = new Map<string, Target>();
  #eligible: readonly Target[] = [];
  #stickiness: TargetStickiness | null = null;
  /** By what cookies say. */
  #byKey = new Map<string, Target>();
  #turn = 0;
  readonly #context: GroupContext;

  constructor(config: TargetGroupConfig, context: GroupContext) {
    this.arn = config.arn;
    this.#config = config;
    this.#context = context;
  }

  get targets(): Iterable<Target> {
    return this.#targets.values();
  }

  /** Brings the group to a new config. A target that keeps id and address keeps its health and its connections. */
  configure(config: TargetGroupConfig): void {
    this.#config = config;
    const before = this.#targets;
    this.#targets = new Map();
    for (const wanted of config.targets) {
      const known = before.get(wanted.id);
      const kept = known?.host === wanted.host && known.port === wanted.port ? known : undefined;
      this.#targets.set(wanted.id, kept ?? this.#newTarget(wanted));
      if (kept !== undefined) before.delete(wanted.id);
    }
    for (const gone of before.values()) gone.remove();
    for (const wanted of config.targets) this.#targets.get(wanted.id)?.configure(wanted.draining);
    this.#stickiness = config.stickiness === undefined ? null : targetStickiness(config.stickiness);
    this.#byKey = new Map([...this.#targets.values()].map((target) => [target.key, target]));
    this.#chooseEligible();
  }

  #newTarget(config: TargetConfig): Target {
    const context = {
      clock: this.#context.clock,
      settings: () => this.#config,
      changed: (target: Target) => this.#changed(target),
    };
    return new Target(config, context, this.#context.remembered(this.arn, config));
  }

  #changed(target: Target): void {
    if (this.#targets.get(target.id) !== target) return;
    const wasEligible = this.#eligible;
    this.#chooseEligible();
    if (target.state === 'healthy' && !wasEligible.includes(target)) this.#beginSlowStart(target);
    this.#context.targetChanged(this, target);
  }

  /**
   * Healthy targets. Where there is none, the unhealthy ones ("if a target group contains only unhealthy registered targets,
   * the load balancer routes requests to all those targets", ALB guide, health checks). A target that has not passed its first check
   * gets nothing ("before a target can receive requests it must pass initial health checks"), so that a group of only new ones
   * answers 503. Beside unhealthy ones a new one changes nothing (assumed: the guide does not say).
   */
  #chooseEligible(): void {
    const all = [...this.#targets.values()];
    const healthy = all.filter(({ state }) => state === 'healthy');
    this.#eligible = healthy.length > 0 ? healthy : all.filter(({ state }) => state === 'unhealthy');
  }

  /** Without another target at full share there is nobody to spare the new one for (ALB guide, slow start). */
  #beginSlowStart(target: Target): void {
    const { slowStartMs = 0 } = this.#config;
    const others = this.#eligible.some(
      (other) => other !== target && other.slowStart === null && other.state === 'healthy',
    );
    if (slowStartMs <= 0 || !others) return;
    const from = this.#context.clock.now();
    target.slowStart = { from, until: from + slowStartMs };
  }

  /** The target that a client has been with, while it may serve; null where there is none. */
  held(head: RequestHead, date: number): Target | null {
    const key = this.#stickiness?.keyOf(head, date) ?? null;
    const target = key === null ? undefined : this.#byKey.get(key);
    return target !== undefined && this.#eligible.includes(target) ? target : null;
  }

  /** The header line that keeps the client at its target; none without stickiness. */
  stickyLine(target: Target, response: ResponseHead, date: number): string {
    return this.#stickiness?.line(target.key, response, date) ?? '';
  }

  /** The target for the next request, none of `tried`; null where there is none. */
  pick(tried: readonly Target[]): Target | null {
    const candidates =
      tried.length === 0 ? this.#eligible : this.#eligible.filter((target) => !tried.includes(target));
    const [first] = candidates;
    if (first === undefined) return null;
    if (candidates.length === 1) return first;
    if (candidates.some(({ slowStart }) => slowStart !== null)) return this.#pickByShare(candidates);
    this.#turn = (this.#turn + 1) % candidates.length;
    if (this.#config.algorithm === 'least_outstanding_requests') return this.#pickLeastBusy(candidates);
    return candidates[this.#turn] ?? first;
  }

  /** Of equally busy ones, in turn. */
  #pickLeastBusy(candidates: readonly Target[]): Target | null {
    let best: Target | null = null;
    for (let step = 0; step < candidates.length; step++) {
      const candidate = candidates[(this.#turn + step) % candidates.length];
      if (candidate !== undefined && (best === null || candidate.inFlight < best.inFlight)) best = candidate;
    }
    return best;
  }

  /** Smooth weighted round robin, the weights growing with time. */
  #pickByShare(candidates: readonly Target[]): Target | null {
    const now = this.#context.clock.now();
    let best: Target | null = null;
    let total = 0;
    for (const candidate of candidates) {
      const share = shareOf(candidate, now);
      total += share;
      candidate.credit += share;
      if (best === null || candidate.credit > best.credit) best = candidate;
    }
    if (best !== null) best.credit -= total;
    return best;
  }

  sweep(now: number): void {
    for (const target of this.#targets.values()) target.pool.sweep(now);
  }

  /** The group is in no config any more. */
  remove(): void {
    for (const target of this.#targets.values()) target.remove();
    this.#targets.clear();
    this.#eligible = [];
  }

  status(): GroupStatus {
    const targets = [...this.#targets.values()].map((target) => target.status());
    return {
      arn: this.arn,
      name: this.#config.name,
      inFlight: targets.reduce((sum, { inFlight }) => sum + inFlight, 0),
      targets,
      counters: this.metrics.counters(),
    };
  }
}

function shareOf(target: Target, now: number): number {
  if (target.slowStart === null) return 1;
  const { from, until } = target.slowStart;
  if (now < until) return Math.max(LEAST_SHARE, (now - from) / (until - from));
  target.slowStart = null;
  target.credit = 0;
  return 1;
}
