import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { BalancerClient, BalancerRefused } from '../balancer/control.ts';
import type { BalancerConfig, BalancerEvent, TargetStatus } from '../balancer/control.ts';
import type { TargetHealth, Traffic } from '../core.ts';
import type { TargetRow } from '../model/elb.ts';
import { portOwner } from '../tasks/port-owner.ts';
import type { AppliedRules } from './applied.ts';
import { targetId } from './balancer-config.ts';

const reconnectMs = 50;

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
  #applied: {
    readonly text: string;
    readonly version: number;
    readonly weights: ReadonlyMap<string, ReadonlyMap<string, number>>;
  } | null = null;
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
    await BalancerClient.ofState(this.#options.folder)?.stop(graceMs);
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
    return this.#applied?.weights.get(ruleArn) ?? null;
  }

  async portProblem(port: number): Promise<string | null> {
    // A listener that was deleted a moment ago may still hold the port.
    await this.#pushing;
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
    while (this.#wanted && this.#client !== null && !this.#stopping.signal.aborted) {
      this.#wanted = false;
      const config = this.#options.config(this.#version + 1);
      const text = JSON.stringify({ ...config, version: 0 });
      if (this.#applied?.text === text) return;
      try {
        await this.#client.apply(config);
        this.#version = config.version;
        this.#applied = {
          text,
          version: config.version,
          weights: weightsOf(config, this.#options.defaultRule),
        };
        this.#forget(config);
        this.#options.changed(null);
      } catch (failure) {
        this.#options.log('balancer.refused', { reason: String(failure) });
        if (failure instanceof BalancerRefused && failure.code === 'stale-version') {
          this.#version = (await this.#client.status()).version;
          this.#wanted = true;
        } else if (failure instanceof BalancerRefused) return;
        else {
          // Lost: the next snapshot sends again.
          this.#wanted = true;
          return;
        }
      }
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

function weightsOf(
  config: BalancerConfig,
  defaultRule: (listenerArn: string) => string | null,
): ReadonlyMap<string, ReadonlyMap<string, number>> {
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
