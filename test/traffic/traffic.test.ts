import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startTraffic, type Traffic, type TrafficStart } from '../../src/traffic/traffic.ts';
import { getRequest, type TrafficSample, type TrafficSummary } from '../../src/traffic/words.ts';
import { freePort } from '../ports.ts';
import { alive, until } from './alive.ts';
import { json, nowhere, serve, serveBytes, type TestServer } from './server.ts';
import { programs } from '../programs.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const node = here('../../node_modules/node/bin/node');

async function drive(
  url: string,
  more: Partial<TrafficStart> = {},
): Promise<Traffic & { readonly samples: TrafficSample[] }> {
  const samples: TrafficSample[] = [];
  const traffic = await startTraffic({
    entry: programs.traffic,
    node,
    url,
    rate: 200,
    connections: 16,
    requests: [getRequest('/')],
    headers: {},
    timeout: 10_000,
    onSample: (sample) => samples.push(sample),
    ...more,
  });
  onTestFinished(async () => {
    await traffic.stop().catch(() => {});
  });
  return { ...traffic, samples };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

/** What holds for every summary, whatever was served. */
function expectConsistent(summary: TrafficSummary, samples: readonly TrafficSample[]): void {
  for (const parts of [samples, summary.perSecond]) {
    expect(sum(parts.map(({ requests }) => requests))).toBe(summary.requests);
    expect(sum(parts.map(({ failed }) => failed))).toBe(summary.failed);
  }
  for (const [version, { requests }] of Object.entries(summary.perVersion))
    expect(sum(samples.map(({ versions }) => versions[version] ?? 0))).toBe(requests);
  expect(summary.failures).toHaveLength(Math.min(20, summary.failed));
}

test('what a server failed is counted exactly', async () => {
  let served = 0;
  let failed = 0;
  const { url } = await serve((_, response) => {
    served += 1;
    const fails = served % 7 === 0;
    if (fails) failed += 1;
    response.setHeader('x-app-version', served % 2 === 0 ? '2.0.0' : '1.0.0');
    json(response, fails ? 500 : ([200, 204, 304][served % 3] ?? 200), {});
  });
  const traffic = await drive(url);
  await until(() => served > 300);
  const summary = await traffic.stop();
  expectConsistent(summary, traffic.samples);
  expect(summary).toMatchObject({ requests: served, failed });
  expect(summary.perVersion).toEqual({
    '1.0.0': { requests: Math.ceil(served / 2), failed: Math.ceil(failed / 2) },
    '2.0.0': { requests: Math.floor(served / 2), failed: Math.floor(failed / 2) },
  });
  // Answers on several connections come in any order.
  expect(summary.failures.find(({ version }) => version === '2.0.0')).toEqual({
    at: expect.any(Number),
    request: 'GET /',
    status: 500,
    error: null,
    version: '2.0.0',
    connection: expect.stringMatching(/^(new|reused)$/),
  });
});

test('at 2,000 requests a second nothing is lost or counted twice', async () => {
  let served = 0;
  const { url } = await serve((_, response) => {
    served += 1;
    response.end('fine');
  });
  const traffic = await drive(url, { rate: 2_000, connections: 64 });
  await until(() => served >= 3_000);
  const summary = await traffic.stop();
  expect([summary.requests, summary.failed]).toEqual([served, 0]);
});

test('every way to lose a request is a failure with its name', async () => {
  const losses = [
    { bytes: 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf', error: 'incomplete', status: 200 },
    {
      bytes: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n',
      error: 'incomplete',
      status: 200,
    },
    { bytes: 'HTTP/1.1 200 OK\r\ncontent-le', error: 'ECONNRESET', status: null },
    { bytes: '', error: 'ECONNRESET', status: null },
    { bytes: 'SSH-2.0\r\n\r\n', error: 'HPE_INVALID_CONSTANT', status: null },
  ];
  let connected = 0;
  const { url } = await serveBytes((socket) =>
    socket.once('data', () => socket.end(losses[connected++ % losses.length]?.bytes ?? '')),
  );
  const traffic = await drive(url, { rate: 50 });
  await until(() => connected >= 20);
  const summary = await traffic.stop();
  expectConsistent(summary, traffic.samples);
  expect(summary).toMatchObject({ requests: connected, failed: connected });
  const seen = new Set(summary.failures.map(({ error, status }) => `${status} ${error}`));
  expect(seen).toEqual(new Set(losses.map(({ error, status }) => `${status} ${error}`)));
});

test('what is never answered, or waits for a connection in vain, fails when its time is over', async () => {
  let served = 0;
  const { url } = await serve(() => {
    served += 1;
  });
  const traffic = await drive(url, { rate: 50, connections: 5, timeout: 300 });
  await until(() => served >= 15);
  const summary = await traffic.stop();
  expectConsistent(summary, traffic.samples);
  expect(summary.requests).toBeGreaterThanOrEqual(served);
  expect(summary.failed).toBe(summary.requests);
  expect(new Set(summary.failures.map(({ error }) => error))).toEqual(new Set(['timeout']));
});

test('where nothing listens every request fails', async () => {
  const traffic = await drive(await nowhere());
  await until(() => traffic.samples.length >= 2);
  const { requests, failed, failures } = await traffic.stop();
  expect(failed).toBe(requests);
  expect(failures[0]).toMatchObject({ status: null, error: 'ECONNREFUSED', connection: 'new' });
});

test('a server that goes and comes back as another version loses only what was open or refused', async () => {
  const answered = { '1.0.0': 0, '2.0.0': 0 };
  const start = (version: '1.0.0' | '2.0.0', port: number): Promise<TestServer> =>
    serve((_, response) => {
      answered[version] += 1;
      response.setHeader('x-app-version', version).end('fine');
    }, port);
  const first = await start('1.0.0', await freePort());
  const traffic = await drive(first.url);
  await until(() => answered['1.0.0'] >= 100);
  await first.close();
  const refused = () => traffic.samples.some(({ failed }) => failed > 0);
  await until(refused);
  await start('2.0.0', first.port);
  await until(() => answered['2.0.0'] >= 100);
  const summary = await traffic.stop();
  expectConsistent(summary, traffic.samples);
  const [one, two] = [summary.perVersion['1.0.0'], summary.perVersion['2.0.0']];
  expect(two).toEqual({ requests: answered['2.0.0'], failed: 0 });
  // What the first had answered and its end cut off was counted by it and lost for the user.
  expect(one?.requests).toBeLessThanOrEqual(answered['1.0.0']);
  expect((one?.requests ?? 0) - (one?.failed ?? 0) + (two?.requests ?? 0)).toBe(
    summary.requests - summary.failed,
  );
  for (const { status, error } of summary.failures)
    expect(`${status} ${error}`).toMatch(/^(null (ECONNREFUSED|ECONNRESET|EPIPE)|200 incomplete)$/);
});

test('a connection that the server closed between two requests fails nothing', async () => {
  let connections = 0;
  const { url } = await serveBytes((socket) => {
    connections += 1;
    socket.on('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      socket.end();
    });
  });
  const traffic = await drive(url, { rate: 1, connections: 1 });
  await until(() => connections >= 3);
  const { requests, failed } = await traffic.stop();
  expect([requests, failed]).toEqual([connections, 0]);
});

test('a connection that the server closes after a request was written is a failure, though it was used before', async () => {
  let asked = 0;
  let dropped = 0;
  const { url } = await serveBytes((socket) => {
    let here = 0;
    socket.on('data', () => {
      asked += 1;
      here += 1;
      if (here < 3) return socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      dropped += 1;
      return socket.end();
    });
  });
  const traffic = await drive(url, { rate: 50, connections: 4 });
  await until(() => dropped >= 10);
  const { requests, failed, failures } = await traffic.stop();
  expect([requests, failed]).toEqual([asked, dropped]);
  expect(failures[0]).toMatchObject({ status: null, error: 'ECONNRESET', connection: 'reused' });
});

test('connections are kept and used in turn', async () => {
  const uses: number[] = [];
  const { url } = await serveBytes((socket) => {
    const index = uses.push(0) - 1;
    socket.on('data', () => {
      uses[index] = (uses[index] ?? 0) + 1;
      setTimeout(() => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'), 50);
    });
  });
  const traffic = await drive(url, { rate: 200, connections: 5 });
  await until(() => sum(uses) >= 60);
  await traffic.stop();
  expect(uses).toHaveLength(5);
  for (const used of uses) expect(used).toBeGreaterThan(5);
});

test('`Connection: close` is obeyed', async () => {
  let served = 0;
  const { url } = await serve((_, response) => {
    served += 1;
    response.setHeader('connection', 'close').end('fine');
  });
  const traffic = await drive(url);
  await until(() => served >= 50);
  const { requests, failed } = await traffic.stop();
  expect([requests, failed]).toEqual([served, 0]);
});

test('what is in flight when it stops is waited for', async () => {
  let served = 0;
  const { url } = await serve(async (_, response) => {
    served += 1;
    await sleep(700);
    response.end('late');
  });
  const traffic = await drive(url, { rate: 50, connections: 8 });
  await until(() => served >= 8);
  const [summary, again] = await Promise.all([traffic.stop(), traffic.stop()]);
  expect(again).toBe(summary);
  expect(await traffic.ended).toBe(summary);
  expect([summary.requests, summary.failed]).toEqual([served, 0]);
  expectConsistent(summary, traffic.samples);
});

test('a stall is charged to all who had to wait, not only to the few whose connection stalled', async () => {
  let served = 0;
  let stall: Promise<void> | null = null;
  const { url } = await serve(async (_, response) => {
    served += 1;
    if (served === 20) stall = sleep(3_000);
    await stall;
    response.end('fine');
  });
  const traffic = await drive(url, { rate: 100, connections: 1 });
  await until(() => served >= 350);
  const { p95, requests } = await traffic.stop();
  expect(requests).toBe(served);
  expect(p95).toBeGreaterThan(500);
});

test('requests go out in turn, each with its method, headers and body', async () => {
  const seen: string[] = [];
  const { url } = await serve(async (request, response) => {
    const { authorization, 'x-one': one } = request.headers;
    seen.push([request.method, request.url, authorization, one, await text(request)].join(' '));
    response.end();
  });
  const requests = [
    { method: 'POST', path: '/a?b=c', headers: { 'x-one': '1' }, body: '{"ü":1}' },
    { method: 'GET', path: '/d', headers: {}, body: null },
  ];
  const traffic = await drive(`${url}/base/`, {
    requests,
    headers: { authorization: 'Bearer t' },
    connections: 1,
  });
  await until(() => seen.length >= 4);
  await traffic.stop();
  expect(seen.slice(0, 4)).toEqual([
    'POST /base/a?b=c Bearer t 1 {"ü":1}',
    'GET /base/d Bearer t  ',
    'POST /base/a?b=c Bearer t 1 {"ü":1}',
    'GET /base/d Bearer t  ',
  ]);
});

test('a request that cannot be sent is a failure and not the end', async () => {
  const { url } = await serve((_, response) => response.end());
  const traffic = await drive(url, { headers: { 'x-bad': 'line\nbreak' } });
  await until(() => traffic.samples.length >= 2);
  const { requests, failed, failures } = await traffic.stop();
  expect(requests).toBeGreaterThan(0);
  expect(failed).toBe(requests);
  expect(failures[0]?.error).toContain('Invalid character in header content');
});

test('phases tell the figures of the time between', async () => {
  const { url } = await serve((_, response) => response.end());
  const traffic = await drive(url);
  /** Until the client, which may be behind, has sent for two samples in this phase. */
  const through = async (phase: string | null): Promise<void> => {
    const since = Date.now();
    traffic.phase(phase);
    await until(() => traffic.samples.filter(({ at }) => at > since).length >= 4);
  };
  await through('rest');
  await through('deployment');
  await through(null);
  const { phases, requests } = await traffic.stop();
  expect(Object.keys(phases)).toEqual(['rest', 'deployment']);
  const counted = [phases['rest']?.requests ?? 0, phases['deployment']?.requests ?? 0];
  for (const count of counted) expect(count).toBeGreaterThan(20);
  expect(sum(counted)).toBeLessThan(requests);
});

test('SIGTERM ends it in order', async () => {
  let served = 0;
  const { url } = await serve((_, response) => {
    served += 1;
    response.end();
  });
  const traffic = await drive(url);
  await until(() => served >= 20);
  process.kill(traffic.pid, 'SIGTERM');
  const { requests, failed } = await traffic.ended;
  expect([requests, failed]).toEqual([served, 0]);
});

test('a client that is killed is told as such', async () => {
  const { url } = await serve((_, response) => response.end());
  const traffic = await drive(url);
  process.kill(traffic.pid, 'SIGKILL');
  await expect(traffic.ended).rejects.toThrow('the traffic client ended by itself (SIGKILL)');
  await expect(traffic.stop()).rejects.toThrow('the traffic client ended by itself (SIGKILL)');
});

test('a client that cannot start is told with what it said', async () => {
  const started = drive('http://127.0.0.1:1', { entry: here('no-such-file.ts') });
  await expect(started).rejects.toThrow(/ended by itself \(exit code 1\)[^]*no-such-file\.ts/);
  await expect(drive('http://127.0.0.1:1', { node: '/no/such/node' })).rejects.toThrow('ENOENT');
});

test.skipIf(!existsSync('/proc/self/cmdline'))(
  'its secret headers do not show in the list of processes',
  async () => {
    const { url } = await serve((_, response) => response.end());
    const traffic = await drive(url, { headers: { authorization: 'Bearer of-the-crown' } });
    const told = ['cmdline', 'environ'].map((file) => readFileSync(`/proc/${traffic.pid}/${file}`, 'utf8'));
    expect(told.join('')).toContain('traffic.js');
    expect(told.join('')).not.toContain('of-the-crown');
  },
);

test('it stops by itself when its parent is killed', async () => {
  let served = 0;
  const { url } = await serve((_, response) => {
    served += 1;
    response.end();
  });
  const script = `
    import { startTraffic } from ${JSON.stringify(here('../../src/traffic/traffic.ts'))};
    const request = { method: 'GET', path: '/', headers: {}, body: null };
    const options = { url: ${JSON.stringify(url)}, rate: 100, connections: 4, requests: [request], headers: {}, timeout: 5000 };
    const files = { entry: ${JSON.stringify(programs.traffic)}, node: process.execPath };
    const traffic = await startTraffic({ ...options, ...files, onSample: () => {} });
    console.log(traffic.pid);
  `;
  const parent = spawn(node, ['--input-type=module-typescript', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const pid = await new Promise<number>((resolve) =>
    parent.stdout.once('data', (chunk: Buffer) => resolve(Number(String(chunk)))),
  );
  await until(() => served >= 20);
  expect(pid).toBeGreaterThan(1);
  parent.kill('SIGKILL');
  await until(() => !alive(pid));
});
