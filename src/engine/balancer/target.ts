import type { Clock } from './clock.ts';
import type { HealthCheckRecord, TargetState, TargetStatus } from './status.ts';
import type { HealthCheckConfig, TargetConfig } from './wanted.ts';
import type { Health } from './health.ts';
import { afterCheck, afterProbe, initialHealth, probeDelay, recordOf, uncheckedHealth } from './health.ts';
import { checkTarget } from './health-check.ts';
import { stickyKey } from './stickiness.ts';
import { UpstreamPool } from './upstream.ts';

/** What a target takes from its group, as it is now. */
export interface TargetSettings {
  readonly healthCheck: HealthCheckConfig;
  readonly deregistrationDelayMs: number;
}

export interface TargetContext {
  readonly clock: Clock;
  readonly settings: () => TargetSettings;
  /** Called after each change of state or reason. */
  readonly changed: (target: Target) => void;
}

const DEFAULT_PROBE_MS = 100;

/** One registered target: its health, its requests in flight, its idle connections. */
export class Target {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** Its name in cookies. */
  readonly key: string;
  readonly pool = new UpstreamPool();
  /** Share of a target in slow start, until then; see TargetGroup. */
  slowStart: { readonly from: number; readonly until: number } | null = null;
  /** Used by the smooth round robin of a group in slow start. */
  credit = 0;
  #inFlight = 0;
  #health: Health = initialHealth;
  #drain: 'none' | 'draining' | 'drained' = 'none';
  #since: number;
  #lastCheck: HealthCheckRecord | undefined;
  #timer: NodeJS.Timeout | undefined;
  #cancelCheck: (() => void) | undefined;
  #nextCheckAt = 0;
  /** When it was registered, by the steady clock. */
  #bornAt: number;
  readonly #context: TargetContext;

  constructor(config: TargetConfig, context: TargetContext, remembered: Health | null) {
    this.id = config.id;
    this.host = config.host;
    this.port = config.port;
    this.key = stickyKey(config.id);
    this.#context = context;
    this.#since = context.clock.date();
    this.#bornAt = context.clock.now();
    if (remembered !== null) this.#health = remembered;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get health(): Health {
    return this.#health;
  }

  get state(): TargetState {
    return this.#drain === 'none' ? this.#health.state : this.#drain;
  }

  /** Brings the target to what the config now says of it; begins its checks or its draining. */
  configure(draining: boolean): void {
    if (draining && this.#drain === 'none') this.#beginDrain();
    else if (!draining && this.#drain !== 'none') this.#registerAgain();
    else if (!draining) this.#followHealthCheck();
  }

  #followHealthCheck(): void {
    const { enabled } = this.#context.settings().healthCheck;
    if (!enabled) {
      this.#stopChecks();
      if (this.#health !== uncheckedHealth) this.#become(uncheckedHealth);
      return;
    }
    if (this.#health.reason === 'Target.HealthCheckDisabled') this.#become(initialHealth);
    if (this.#timer === undefined && this.#cancelCheck === undefined) this.#check();
  }

  #registerAgain(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#drain = 'none';
    this.#bornAt = this.#context.clock.now();
    this.#become(initialHealth);
    this.#followHealthCheck();
  }

  #beginDrain(): void {
    this.#stopChecks();
    this.pool.close();
    this.#drain = 'draining';
    this.#since = this.#context.clock.date();
    this.#context.changed(this);
    if (this.#inFlight === 0) this.#drained();
    else this.#timer = setTimeout(() => this.#drained(), this.#context.settings().deregistrationDelayMs);
  }

  #drained(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#drain = 'drained';
    this.#since = this.#context.clock.date();
    this.#context.changed(this);
  }

  /** The target gets a request. */
  begin(): void {
    this.#inFlight += 1;
  }

  /** A request is over, however it ended. */
  finish(): void {
    this.#inFlight -= 1;
    if (this.#inFlight === 0 && this.#drain === 'draining') this.#drained();
  }

  /** It is in no config any more. What is in flight goes on. */
  remove(): void {
    this.#stopChecks();
    this.pool.close();
    // A later end of its requests is nobody's news.
    this.#drain = 'drained';
  }

  status(): TargetStatus {
    const draining = this.#drain === 'draining';
    const health = this.#drain === 'none' ? this.#health : null;
    return {
      id: this.id,
      host: this.host,
      port: this.port,
      state: this.state,
      reason: draining ? 'Target.DeregistrationInProgress' : health?.reason,
      description: draining ? 'Target deregistration is in progress' : health?.description,
      since: this.#since,
      inFlight: this.#inFlight,
      idleConnections: this.pool.size,
      lastCheck: this.#lastCheck,
    };
  }

  #stopChecks(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#cancelCheck?.();
    this.#cancelCheck = undefined;
  }

  #check(): void {
    this.#timer = undefined;
    const { healthCheck } = this.#context.settings();
    const now = this.#context.clock.now();
    const regular = now >= this.#nextCheckAt;
    if (regular) this.#nextCheckAt = now + healthCheck.intervalMs;
    const { path, timeoutMs } = healthCheck;
    this.#cancelCheck = checkTarget({ host: this.host, port: this.port, path, timeoutMs }, (outcome) => {
      this.#cancelCheck = undefined;
      const settings = this.#context.settings().healthCheck;
      this.#lastCheck = recordOf(outcome, settings.matcher, this.#context.clock.date());
      const next = regular
        ? afterCheck(this.#health, outcome, settings)
        : afterProbe(this.#health, outcome, settings);
      this.#scheduleCheck(settings, next);
      this.#become(next);
    });
  }

  #scheduleCheck({ initialProbeMs = DEFAULT_PROBE_MS }: HealthCheckConfig, { state }: Health): void {
    const now = this.#context.clock.now();
    const untilCheck = Math.max(0, this.#nextCheckAt - now);
    const delay =
      state === 'initial' && initialProbeMs > 0
        ? Math.min(probeDelay(now - this.#bornAt, initialProbeMs), untilCheck)
        : untilCheck;
    this.#timer = setTimeout(() => this.#check(), Math.ceil(delay));
  }

  #become(next: Health): void {
    const before = this.#health;
    this.#health = next;
    if (before.state !== next.state) this.#since = this.#context.clock.date();
    if (
      before.state !== next.state ||
      before.reason !== next.reason ||
      before.description !== next.description
    ) {
      this.#context.changed(this);
    }
  }
}
