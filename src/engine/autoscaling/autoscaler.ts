import type { Core } from '../core.ts';
import { openDeployments } from '../ecs/rollout.ts';
import { onResource } from '../model/autoscaling.ts';
import type { ScalableTargetRow, ScalingPolicyRow, ScheduledActionRow } from '../model/autoscaling.ts';
import type { AlarmRow } from '../model/cloudwatch.ts';
import type { ServiceRow } from '../model/ecs.ts';
import type { Change } from '../state/disk.ts';
import { StateFailure } from '../state/failure.ts';
import { steppedCapacity } from './adjustment.ts';
import { alarmMetric, breachOf } from './alarm.ts';
import { scale, settle, within } from './capacity.ts';
import { trackedMetric } from './metrics.ts';
import type { MetricReader } from './metrics.ts';
import { alarmsFor } from './policies.ts';
import { serviceOf } from './resource.ts';
import { isDue, readSchedule } from './schedule.ts';
import { forgetTarget, setBounds } from './targets.ts';
import { continued, directionOf, noStreak, trackedCapacity } from './tracking.ts';
import type { Streak } from './tracking.ts';

export interface AutoscalerOptions {
  readonly core: Core;
  readonly reader: MetricReader;
  readonly clock: () => number;
  readonly log: (what: string, details: Record<string, unknown>) => void;
}

/** What a policy would have the capacity be, and why. */
interface Proposal {
  readonly policy: ScalingPolicyRow;
  readonly capacity: number;
  readonly cause: string;
}

interface Opinion {
  readonly out: Proposal | null;
  readonly in: Proposal | null;
  /** A policy that tracks a target and would rather not have fewer: none that tracks one scales in then. */
  readonly holds: boolean;
}

const noOpinion: Opinion = { out: null, in: null, holds: false };

/** Cooldowns are 300 seconds unless a policy says otherwise. */
const usualCooldown = 300;

/** Looks at what targets are tracked by once a minute; at alarms, schedules and what is under way more often. */
export class Autoscaler {
  readonly #options: AutoscalerOptions;
  readonly #streaks = new Map<string, Streak>();
  /** Alarms that have become red, and when those that are red last had their policies act, by name. */
  readonly #reddened = new Set<string>();
  readonly #acted = new Map<string, number>();
  #minute = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: AutoscalerOptions) {
    this.#options = options;
    options.core.state.onCommit((changes) => this.#committed(changes));
  }

  start(): void {
    const { core, clock } = this.#options;
    this.#minute = this.#minuteOf(clock());
    const every = Math.min(1000, Math.max(25, core.settings.minuteMs / 20));
    this.#timer = setInterval(() => this.#look(clock()), every);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** An alarm that somebody sets may be green again before it is looked at; it has been red all the same. */
  #committed(changes: readonly Change[]): void {
    const { alarms } = this.#options.core.tables;
    for (const { table, key } of changes) {
      if (table !== 'alarms') continue;
      if (alarms.get(key)?.state.value !== 'ALARM') this.#acted.delete(key);
      else if (!this.#acted.has(key)) this.#reddened.add(key);
    }
  }

  #look(now: number): void {
    const { core, log } = this.#options;
    const minute = this.#minuteOf(now);
    const another = minute !== this.#minute;
    this.#minute = minute;
    for (const target of core.tables.scalableTargets.all()) {
      try {
        this.#care(target, another, now);
      } catch (failure) {
        if (failure instanceof StateFailure) log('state.unwritten', { reason: failure.message });
        else
          log('bug', {
            reason: failure instanceof Error ? (failure.stack ?? failure.message) : String(failure),
          });
      }
    }
    this.#reddened.clear();
  }

  /** A minute is judged a little after its end, when all that was measured in it is there. */
  #minuteOf(now: number): number {
    const { minuteMs } = this.#options.core.settings;
    return Math.floor((now - minuteMs / 4) / minuteMs);
  }

  #care(target: ScalableTargetRow, another: boolean, now: number): void {
    const { core } = this.#options;
    const service = serviceOf(core, target.resourceId);
    if (service === undefined) {
      core.state.transaction(() => forgetTarget(core, target));
      return;
    }
    settle(core, target, now);
    for (const action of core.tables.scheduledActions.in(target.resourceId)) this.#schedule(action, now);
    const opinions = core.tables.scalingPolicies
      .in(target.resourceId)
      .flatMap((policy) => this.#opinion(target, policy, service.desiredCount, another, now));
    this.#decide(target, service, opinions, now);
  }

  #schedule(action: ScheduledActionRow, now: number): void {
    const { core } = this.#options;
    const target = core.tables.scalableTargets.get(action.resourceId);
    if (target === undefined || target.suspended.ScheduledScalingSuspended) return;
    const { startAt, endAt, createdAt } = action;
    const from = action.doneAt ?? createdAt;
    if (now < (startAt ?? 0) || (endAt !== null && from >= endAt)) return;
    const until = Math.min(now, endAt ?? now);
    const { minuteMs } = core.settings;
    const schedule = readSchedule(action.schedule, action.timezone);
    if (!isDue(schedule, { from, until, begin: startAt ?? createdAt, minuteMs })) return;
    core.state.transaction(() => {
      core.tables.scheduledActions.put(onResource(action.resourceId, action.name), {
        ...action,
        doneAt: now,
      });
      const minCapacity = action.minCapacity ?? Math.min(target.minCapacity, action.maxCapacity ?? Infinity);
      const maxCapacity = action.maxCapacity ?? Math.max(target.maxCapacity, action.minCapacity ?? 0);
      setBounds(
        core,
        { ...target, minCapacity, maxCapacity },
        now,
        `scheduled action name ${action.name} was triggered: `,
      );
    });
  }

  /** The most that any policy wants; fewer only when none wants more. */
  #decide(target: ScalableTargetRow, service: ServiceRow, opinions: readonly Opinion[], now: number): void {
    const { core } = this.#options;
    const out = most(opinions.flatMap((opinion) => opinion.out ?? []));
    if (out !== null) {
      if (!target.suspended.DynamicScalingOutSuspended) this.#apply(target, out, service.desiredCount, now);
      return;
    }
    const held = opinions.some((opinion) => opinion.holds);
    const fewer = most(
      opinions
        .flatMap((opinion) => opinion.in ?? [])
        .filter(({ policy }) => policy.how.kind === 'step' || !held),
    );
    if (fewer === null || target.suspended.DynamicScalingInSuspended) return;
    // AWS does not scale in while a deployment is under way.
    if (openDeployments(core, service.arn).length > 0) return;
    this.#apply(target, fewer, service.desiredCount, now);
  }

  #opinion(
    target: ScalableTargetRow,
    policy: ScalingPolicyRow,
    count: number,
    another: boolean,
    now: number,
  ): readonly Opinion[] {
    if (policy.how.kind === 'step') return [this.#stepping(target, policy, policy.how.settings, count, now)];
    return another ? [this.#tracking(target, policy, policy.how.settings, count, now)] : [];
  }

  #tracking(
    target: ScalableTargetRow,
    policy: ScalingPolicyRow,
    settings: Extract<ScalingPolicyRow['how'], { kind: 'tracking' }>['settings'],
    count: number,
    now: number,
  ): Opinion {
    const value = this.#options.reader.latest(trackedMetric(settings, target.resourceId));
    const wanted = settings.TargetValue ?? Infinity;
    const streak = continued(this.#streaks.get(policy.arn) ?? noStreak, value, wanted);
    this.#streaks.set(policy.arn, streak);
    const direction = directionOf(streak);
    const holds = settings.DisableScaleIn !== true;
    if (value === null || direction === null) return { ...noOpinion, holds };
    const base = direction === 'out' ? this.#base(policy, count, now) : count;
    const proposal: Proposal = {
      policy,
      capacity: within(target, trackedCapacity(base, value, wanted)),
      cause: `metric at ${Number(value.toFixed(3))} of target ${wanted} triggered policy ${policy.name}`,
    };
    if (direction === 'out')
      return proposal.capacity > count ? { ...noOpinion, out: proposal } : { ...noOpinion, holds };
    if (!holds) return noOpinion;
    if (this.#coolsDown(policy.scaledInAt, settings.ScaleInCooldown ?? usualCooldown, now))
      return { ...noOpinion, holds };
    return proposal.capacity < count ? { ...noOpinion, in: proposal } : { ...noOpinion, holds };
  }

  #stepping(
    target: ScalableTargetRow,
    policy: ScalingPolicyRow,
    settings: Extract<ScalingPolicyRow['how'], { kind: 'step' }>['settings'],
    count: number,
    now: number,
  ): Opinion {
    const { core } = this.#options;
    const cooldown = settings.Cooldown ?? usualCooldown;
    const proposals = alarmsFor(core, policy)
      .filter((alarm) => alarm.settings.ActionsEnabled !== false && this.#acts(alarm, now))
      .flatMap((alarm): Proposal[] => {
        const breach = breachOf(alarm, this.#valueOf(alarm));
        const fromNow = steppedCapacity(settings, breach, count);
        if (fromNow === null) return [];
        const base = fromNow > count ? this.#base(policy, count, now) : count;
        const capacity = within(target, steppedCapacity(settings, breach, base) ?? count);
        return [
          {
            policy,
            capacity,
            cause: `monitor alarm ${alarm.name} in state ALARM triggered policy ${policy.name}`,
          },
        ];
      });
    const cooling = this.#coolsDown(policy.scaledInAt, cooldown, now);
    return {
      out: most(proposals.filter((proposal) => proposal.capacity > count)),
      in: cooling ? null : most(proposals.filter((proposal) => proposal.capacity < count)),
      holds: false,
    };
  }

  /** Once when it becomes red, and once a minute for as long as it stays so. */
  #acts({ name, state }: AlarmRow, now: number): boolean {
    const last = this.#acted.get(name);
    const red = state.value === 'ALARM';
    const due =
      this.#reddened.has(name) || (red && now - (last ?? 0) >= this.#options.core.settings.minuteMs);
    if (due && red) this.#acted.set(name, now);
    return due;
  }

  #valueOf(alarm: AlarmRow): number | null {
    return this.#options.reader.latest(alarmMetric(alarm));
  }

  /** While it cools down, a policy adds to what there was before it last did: only a larger step goes further. */
  #base({ scaledOut, how }: ScalingPolicyRow, count: number, now: number): number {
    const cooldown =
      (how.kind === 'step' ? how.settings.Cooldown : how.settings.ScaleOutCooldown) ?? usualCooldown;
    return scaledOut !== null && this.#coolsDown(scaledOut.at, cooldown, now)
      ? Math.min(scaledOut.from, count)
      : count;
  }

  #coolsDown(since: number | null, seconds: number, now: number): boolean {
    return since !== null && now - since < (seconds * this.#options.core.settings.minuteMs) / 60;
  }

  #apply(target: ScalableTargetRow, { policy, capacity, cause }: Proposal, count: number, now: number): void {
    const { core } = this.#options;
    core.state.transaction(() => {
      scale(core, target, capacity, cause, now);
      // Scaling out ends the wait after scaling in.
      core.tables.scalingPolicies.put(
        onResource(policy.resourceId, policy.name),
        capacity > count
          ? {
              ...policy,
              scaledOut: { at: now, from: this.#base(policy, count, now) },
              scaledInAt: null,
            }
          : { ...policy, scaledInAt: now },
      );
    });
  }
}

const most = (proposals: readonly Proposal[]): Proposal | null =>
  proposals.reduce<Proposal | null>(
    (best, each) => (best === null || each.capacity > best.capacity ? each : best),
    null,
  );
