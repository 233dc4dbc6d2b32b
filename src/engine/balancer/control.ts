import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessIdentity } from '../../process/identity.ts';
import { isRunning } from '../../process/identity.ts';
import type { Applied, BalancerEvent, BalancerStatus } from './status.ts';
import type { BalancerConfig } from './wanted.ts';

/** The door of the balancer for the rest of the engine: what it can be told, what it tells, and who speaks to it. */
export type * from './status.ts';
export type * from './wanted.ts';

/** What `DIR/balancer.json` holds (mode 0600), written once the balancer is ready. */
export interface BalancerAddress extends ProcessIdentity {
  readonly port: number;
  readonly token: string;
  /** The version of the program, not of a config. */
  readonly version: string;
}

/** The balancer answered with an error: `code` is its own, such as `stale-version` or `invalid-config`. */
export class BalancerRefused extends Error {
  override readonly name = 'BalancerRefused';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * Speaks to one running balancer. Both ends of this wire are this package, of one version: its JSON is not checked again.
 * A balancer that is gone rejects with the connection's own error (ECONNREFUSED …):
 * read the address again then.
 */
export class BalancerClient {
  readonly #address: Pick<BalancerAddress, 'port' | 'token'>;

  constructor(address: Pick<BalancerAddress, 'port' | 'token'>) {
    this.#address = address;
  }

  /** The balancer of a state folder; null where none runs (not started, or killed). */
  static ofState(directory: string): BalancerClient | null {
    const address = readBalancerAddress(directory);
    return address !== null && isRunning(address) ? new BalancerClient(address) : null;
  }

  /** Resolves once the config is saved, applied, and each new listener has bound or failed to. */
  async apply(config: BalancerConfig): Promise<Applied> {
    const applied: Applied = JSON.parse(await this.#call('PUT', '/config', JSON.stringify(config)));
    return applied;
  }

  async status(): Promise<BalancerStatus> {
    const status: BalancerStatus = JSON.parse(await this.#call('GET', '/status'));
    return status;
  }

  /** Stops accepting at once, finishes what is in flight (at most `graceMs`), then exits. Resolves once it has begun. */
  async stop(graceMs = 30_000): Promise<void> {
    await this.#call('POST', `/stop?graceMs=${graceMs}`);
  }

  /** A snapshot, then each change as it happens; ends when the balancer does, or throws its connection's error. */
  async *events(signal?: AbortSignal): AsyncGenerator<BalancerEvent, void, undefined> {
    const response = await this.#open('GET', '/events', undefined, signal);
    let rest = '';
    for await (const text of response.setEncoding('utf8')) {
      const lines = (rest + String(text)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line === '') continue;
        const event: BalancerEvent = JSON.parse(line);
        yield event;
      }
    }
  }

  async #call(method: string, path: string, body?: string): Promise<string> {
    const response = await this.#open(method, path, body);
    let text = '';
    for await (const piece of response.setEncoding('utf8')) text += String(piece);
    const status = response.statusCode ?? 0;
    if (status >= 300) {
      const { code, message }: { code: string; message: string } = JSON.parse(text);
      throw new BalancerRefused(status, code, message);
    }
    return text;
  }

  async #open(method: string, path: string, body?: string, signal?: AbortSignal): Promise<IncomingMessage> {
    const { port, token } = this.#address;
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    if (body !== undefined) {
      headers['content-type'] = 'application/json';
      headers['content-length'] = String(Buffer.byteLength(body));
    }
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const outgoing = request({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers,
      agent: false,
      ...(signal === undefined ? {} : { signal }),
    });
    outgoing.on('response', resolve).on('error', reject).end(body);
    return promise;
  }
}

/** What the balancer of this folder wrote of itself, whether it still runs or not. */
export function readBalancerAddress(directory: string): BalancerAddress | null {
  try {
    const address: BalancerAddress = JSON.parse(readFileSync(join(directory, 'balancer.json'), 'utf8'));
    return address;
  } catch {
    return null;
  }
}
