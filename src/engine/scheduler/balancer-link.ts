import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { BalancerClient, BalancerRefused } from '../balancer/control.ts';
import type { BalancerConfig, BalancerEvent, TargetStatus } from '../balancer/control.ts';
import type { TargetHealth, Traffic } from '../core.ts';
import type { TargetRow } from '../model/elb.ts';
import { portOwner } from '../tasks/port-owner.ts';
import type { AppliedRules } from './applied.ts';
import { targetId } from './balancer-config.ts';

const reconnectMs = 50;
/** How long to wait before the balancer is asked again to take what it could not (no space …). */
const refusedMs = 500;
/** A listener that was deleted a moment ago may still hold its port for so long. */
const releaseMs = 1000;

type RuleWeights = ReadonlyMap<string, ReadonlyMap<string, number>>;

export interface BalancerLinkOptions {
  /** Where `balancer.json` is. */
  readonly folder: string;
  /** The wanted config, made when it is about to be sent. */
  readonly config: (version: number) => BalancerConfig;
  /** The rule that a listener's default action is in the model. */
  readonly defaultRule: (listenerArn: string) => string | null;
  /** Health has changed in a target group, or a config was acknowledged (null). */
  readonly changed: (targetGroupArn: string | null) => void;
  readonly log: (what: string, details: Record<string, unknown>) => void;
}

/**
 * The engine's hold on the balancer: sends it what the model wants whenever that changes, remembers what it has
 * acknowledged and how healthy it finds the targets, and finds it again after it was started anew.
 */
export class BalancerLink implements Traffic, AppliedRules {
  readonly #options: BalancerLinkOptions;
  readonly #targets = new Map<string, TargetStatus>();
  readonly #stopping = new AbortController();
  #client: BalancerClient | null = null;
  /** What it has acknowledged; null when that is not known for certain. */
  #applied: { readonly text: string; readonly version: number; readonly weights: RuleWeights } | null = null;
  /** What it is being told, and may have taken already. */
  #sending: RuleWeights | null = null;
  #version = 0;
  #wanted = true;
  #pushing: Promise<void> | null = null;

  constructor(options: BalancerLinkOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#follow();
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** Ends the balancer itself, once requests under way are done. */
  async stopBalancer(graceMs: number): Promise<void> {
    try {
      await BalancerClient.ofState(this.#options.folder)?.stop(graceMs);
    } catch (failure) {
      this.#options.log('balancer.lost', { reason: String(failure) });
    }
  }

  /** The model has changed: what it wants now is sent. */
  push(): void {
    this.#wanted = true;
    this.#pushing ??= this.#send().finally(() => {
      this.#pushing = null;
    });
  }

  target(row: TargetRow): TargetHealth | null {
    const status = this.#targets.get(key(row.targetGroupArn, targetId(row)));
    if (status === undefined) return null;
    return { state: status.state, reason: status.reason ?? null, description: status.description ?? null };
  }

  weights(ruleArn: string): ReadonlyMap<string, number> | null {
    const known = this.#applied?.weights.get(ruleArn) ?? null;
    if (this.#sending !== null && !isDeepStrictEqual(this.#sending.get(ruleArn), known)) return null;
    return known;
  }

  async portProblem(port: number): Promise<string | null> {
    await Promise.race([this.#pushing, pause(releaseMs, undefined, { ref: false })]);
    const problem = await bindProblem(port);
    if (problem === 'EADDRINUSE') return `${portOwner(port)} listens on it`;
    if (problem === 'EACCES') return 'this user may not listen on it';
    return problem;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const client = BalancerClient.ofState(this.#options.folder);
      if (client !== null) {
        try {
          for await (const event of client.events(signal)) this.#heard(client, event);
        } catch (failure) {
          if (!signal.aborted) this.#options.log('balancer.lost', { reason: String(failure) });
        }
        this.#client = null;
      }
      await pause(reconnectMs, undefined, { signal }).catch(() => {});
    }
  }

  #heard(client: BalancerClient, event: BalancerEvent): void {
    switch (event.type) {
      case 'snapshot': {
        this.#client = client;
        this.#version = Math.max(this.#version, event.status.version);
        if (event.status.version !== this.#applied?.version) this.#applied = null;
        this.#targets.clear();
        for (const group of event.status.groups)
          for (const target of group.targets) this.#targets.set(key(group.arn, target.id), target);
        this.#options.changed(null);
        this.push();
        return;
      }
      case 'target':
        this.#targets.set(key(event.groupArn, event.target.id), event.target);
        this.#options.changed(event.groupArn);
        return;
      case 'listener':
        if (!event.listener.bound)
          this.#options.log('listener.unbound', { port: event.listener.port, error: event.listener.error });
        return;
      case 'config':
        return;
    }
  }

  async #send(): Promise<void> {
    const { signal } = this.#stopping;
    // Without a client the next snapshot sends.
    while (this.#wanted && this.#client !== null && !signal.aborted) {
      this.#wanted = false;
      const config = this.#options.config(this.#version + 1);
      const text = JSON.stringify({ ...config, version: 0 });
      if (this.#applied?.text === text) continue;
      const retryMs = await this.#apply(this.#client, config, text);
      if (retryMs === null) continue;
      this.#wanted = true;
      await pause(retryMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Null when that is done with, for good or bad; else when to try again, in milliseconds. */
  async #apply(client: BalancerClient, config: BalancerConfig, text: string): Promise<number | null> {
    const weights = weightsOf(config, this.#options.defaultRule);
    this.#sending = weights;
    try {
      await client.apply(config);
      this.#version = config.version;
      this.#applied = { text, version: config.version, weights };
      this.#forget(config);
      return null;
    } catch (failure) {
      this.#options.log('balancer.refused', { reason: String(failure) });
      if (failure instanceof BalancerRefused && failure.code === 'invalid-config') return null;
      // It may have taken it before the answer was lost.
      this.#applied = null;
      if (!(failure instanceof BalancerRefused)) return reconnectMs;
      if (failure.code !== 'stale-version') return refusedMs;
      const status = await client.status().catch(() => null);
      this.#version = Math.max(this.#version, status?.version ?? 0);
      return status === null ? reconnectMs : 0;
    } finally {
      this.#sending = null;
      this.#options.changed(null);
    }
  }

  #forget(config: BalancerConfig): void {
    const present = new Set(
      config.targetGroups.flatMap((group) => group.targets.map((target) => key(group.arn, target.id))),
    );
    for (const name of this.#targets.keys()) if (!present.has(name)) this.#targets.delete(name);
  }
}

const key = (group: string, target: string): string => `${group} ${target}`;

function weightsOf(config: BalancerConfig, defaultRule: (listenerArn: string) => string | null): RuleWeights {
  const weights = new Map<string, ReadonlyMap<string, number>>();
  for (const listener of config.listeners) {
    for (const { arn, action } of [
      ...listener.rules,
      { arn: defaultRule(listener.arn) ?? '', action: listener.defaultAction },
    ]) {
      if (action.type === 'forward')
        weights.set(arn, new Map(action.groups.map((group) => [group.arn, group.weight])));
    }
  }
  return weights;
}

function bindProblem(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (failure) => resolve('code' in failure ? String(failure.code) : failure.message));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}
