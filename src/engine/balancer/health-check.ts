import { request } from 'node:http';
import type { CheckOutcome } from './health.ts';

export interface CheckRequest {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly timeoutMs: number;
}

const BODY_BYTES = 300;

/**
 * Asks a target once, on a connection of its own that is closed after (as ALB does). The time-out is for the whole of it.
 * An answer that is there when its time is up counts, though this process looks at it late: the target is not to blame for a
 * balancer that stood still. Calls back exactly once, unless cancelled by the function returned.
 */
export function checkTarget(
  { host, port, path, timeoutMs }: CheckRequest,
  done: (outcome: CheckOutcome) => void,
): () => void {
  let settled = false;
  const settle = (outcome: CheckOutcome) => {
    if (settled) return;
    settled = true;
    clearTimeout(timer);
    outgoing.destroy();
    done(outcome);
  };
  const outgoing = request({
    host,
    port,
    path,
    agent: false,
    headers: { host: `${host}:${port}`, 'user-agent': 'ELB-HealthChecker/2.0', connection: 'close' },
  });
  const timer = setTimeout(() => setImmediate(() => settle({ kind: 'timeout' })), timeoutMs);
  outgoing.on('response', (response) => {
    const status = response.statusCode ?? 0;
    let body = Buffer.alloc(0);
    const answer = () =>
      settle({ kind: 'response', status, body: body.subarray(0, BODY_BYTES).toString('utf8') });
    response.on('data', (chunk: Buffer) => {
      body = Buffer.concat([body, chunk]);
      if (body.length >= BODY_BYTES) answer();
    });
    response.on('end', answer);
    response.on('error', (error) => settle({ kind: 'error', message: error.message }));
  });
  outgoing.on('error', (error) => settle({ kind: 'error', message: error.message }));
  outgoing.end();
  return () => {
    settled = true;
    clearTimeout(timer);
    outgoing.destroy();
  };
}
