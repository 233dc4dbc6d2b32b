import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BalancerClient, readBalancerAddress } from '../../src/engine/balancer/control.ts';
import { identityOf, isRunning, ownIdentity } from '../../src/process/identity.ts';
import {
  Rig,
  eventually,
  fastHealthCheck,
  fetched,
  forward,
  group,
  killed,
  listener,
  oneGroup,
  target,
  targetStatus,
} from './rig.ts';
import { freePort } from '../ports.ts';

test('a balancer killed with -9 and started again serves from its saved config at once, without the engine', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const checked: string[] = [];
  const upstream = await rig.http((incoming, response) => {
    checked.push(incoming.url ?? '');
    // After the kill no check is answered any more: only what was remembered can serve.
    if (incoming.url !== '/health' || checked.length < 2) response.end('served');
  });
  const config = {
    version: 7,
    listeners: [listener(port, forward(['web', 1]))],
    targetGroups: [
      group('web', [target(upstream)], {
        healthCheck: { ...fastHealthCheck, intervalMs: 3_600_000, timeoutMs: 3_600_000 },
      }),
    ],
  };
  const first = await rig.balancer(config);
  await eventually(
    'healthy',
    async () => (await targetStatus(first.client, `t-${upstream}`)).state === 'healthy',
  );
  // Connections that live at the kill must not keep the port.
  const open = rig.raw(port).send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await open.until(/served/);
  await eventually('its health on the disk', async () =>
    (await readFile(join(first.directory, 'balancer-health.json'), 'utf8')).includes('"healthy"'),
  );
  await killed(first.child);
  expect(BalancerClient.ofState(first.directory)).toBeNull();
  const second = await rig.balancerIn(first.directory);
  expect((await fetched(port, '/')).body).toBe('served');
  const status = await second.client.status();
  expect(status).toMatchObject({ version: 7, listeners: [{ bound: true, port }] });
  await expect(second.client.apply({ ...config, version: 6 })).rejects.toMatchObject({
    status: 409,
    code: 'stale-version',
  });
});

test('what a target drained of before the kill is reported drained after it', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const stuck = await rig.http(() => {});
  const { client, child, directory } = await rig.balancer(oneGroup(port, [target(stuck)]));
  rig.raw(port).send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await eventually('in flight', async () => (await targetStatus(client, `t-${stuck}`)).inFlight === 1);
  await client.apply(oneGroup(port, [target(stuck, { draining: true })], { version: 2 }));
  expect((await targetStatus(client, `t-${stuck}`)).state).toBe('draining');
  await killed(child);
  const again = await rig.balancerIn(directory);
  expect((await targetStatus(again.client, `t-${stuck}`)).state).toBe('drained');
});

test('its address file is for its owner only and names the process', async () => {
  await using rig = new Rig();
  const { directory, child } = await rig.balancer();
  expect((await stat(join(directory, 'balancer.json'))).mode & 0o777).toBe(0o600);
  const address = readBalancerAddress(directory);
  expect(address).toMatchObject({ pid: child.pid, port: expect.any(Number), version: expect.any(String) });
  expect(address !== null && isRunning(address)).toBe(true);
});

test('control needs the token', async () => {
  await using rig = new Rig();
  const { directory } = await rig.balancer();
  const port = readBalancerAddress(directory)?.port ?? 0;
  expect((await fetched(port, '/status')).status).toBe(401);
  expect((await fetched(port, '/status', { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
  await expect(new BalancerClient({ port, token: 'wrong' }).status()).rejects.toMatchObject({
    status: 401,
    code: 'unauthorized',
  });
});

test('an old version is refused, the applied one again is not, and a config that is none changes nothing', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const upstream = await rig.http((_, response) => response.end('ok'));
  const { client } = await rig.balancer(oneGroup(port, [target(upstream)], { version: 5 }));
  await expect(client.apply(oneGroup(port, [], { version: 4 }))).rejects.toMatchObject({
    status: 409,
    code: 'stale-version',
  });
  await expect(client.apply(oneGroup(port, [], { version: 5 }))).rejects.toMatchObject({ status: 409 });
  await expect(client.apply(oneGroup(port, [target(upstream)], { version: 5 }))).resolves.toMatchObject({
    version: 5,
  });
  const bad = { ...oneGroup(port, [], { version: 6 }), targetGroups: [] };
  await expect(client.apply(bad)).rejects.toMatchObject({
    status: 400,
    code: 'invalid-config',
    message: 'no target group arn:web',
  });
  const open = {
    ...oneGroup(port, [target(upstream)], { version: 6 }),
    listeners: [listener(port, forward(['web', 1]), { host: '0.0.0.0' })],
  };
  await expect(client.apply(open)).rejects.toMatchObject({
    status: 400,
    message: 'listeners[0].host: expected 127.0.0.1 or ::1',
  });
  const worse: unknown = JSON.parse(
    JSON.stringify(oneGroup(port, [target(upstream)], { version: 6 })).replace(/"port":\d+/, '"port":"x"'),
  );
  await expect(client.apply(Object.assign(oneGroup(port, []), worse))).rejects.toMatchObject({
    status: 400,
    message: 'listeners[0].port: expected an integer from 0 to 65535',
  });
  expect((await fetched(port, '/')).body).toBe('ok');
});

test('a port that is taken is told, the others serve, and it is bound once free', async () => {
  await using rig = new Rig();
  const [taken, free] = [await freePort(), await freePort()];
  const other = createServer().listen(taken, '127.0.0.1');
  await once(other, 'listening');
  const { client } = await rig.balancer();
  const hello = { type: 'fixed-response', status: 200, body: 'hello' } as const;
  const applied = await client.apply({
    version: 1,
    listeners: [listener(taken, hello), listener(free, hello)],
    targetGroups: [],
  });
  expect(applied.listeners).toMatchObject([
    { port: taken, bound: false, error: { code: 'EADDRINUSE' } },
    { port: free, bound: true },
  ]);
  expect((await fetched(free, '/')).body).toBe('hello');
  other.close();
  await once(other, 'close');
  await eventually('bound', async () => (await client.status()).listeners.every(({ bound }) => bound));
  expect((await fetched(taken, '/')).body).toBe('hello');
  const without = await client.apply({ version: 2, listeners: [listener(free, hello)], targetGroups: [] });
  expect(without.listeners).toMatchObject([{ port: free, bound: true }]);
  await expect(fetched(taken, '/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('a stop accepts no more, ends what is in flight, and leaves', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const { promise: go, resolve: letGo } = Promise.withResolvers<void>();
  const upstream = await rig.http(async (_, response) => {
    await go;
    response.end('finished');
  });
  const { client, child, directory } = await rig.balancer(oneGroup(port, [target(upstream)]));
  const inFlight = fetched(port, '/');
  const idle = rig.raw(port);
  await eventually('in flight', async () => (await targetStatus(client, `t-${upstream}`)).inFlight === 1);
  const exited = once(child, 'exit');
  await client.stop();
  await eventually('refused', () =>
    fetched(port, '/').then(
      () => false,
      () => true,
    ),
  );
  await idle.untilEnd();
  letGo();
  expect(await inFlight).toMatchObject({ status: 200, body: 'finished', headers: { connection: 'close' } });
  expect((await exited)[0]).toBe(0);
  expect(readBalancerAddress(directory)).toBeNull();
});

test('a stop cuts off what does not end in its time', async () => {
  await using rig = new Rig();
  const port = await freePort();
  const upstream = await rig.http(() => {});
  const { client, child } = await rig.balancer(oneGroup(port, [target(upstream)]));
  const inFlight = expect(fetched(port, '/')).rejects.toThrow();
  await eventually('in flight', async () => (await targetStatus(client, `t-${upstream}`)).inFlight === 1);
  const exited = once(child, 'exit');
  await client.stop(50);
  expect((await exited)[0]).toBe(0);
  await inFlight;
});

test('a second balancer of the same folder leaves the first alone', async () => {
  await using rig = new Rig();
  const { directory, client } = await rig.balancer();
  await expect(rig.balancerIn(directory)).rejects.toThrow(/exited 3.*another balancer runs/s);
  await expect(client.status()).resolves.toMatchObject({ version: 0 });
});

test('the engine is started again when it has died, one at a time, and not while it is to stop', async () => {
  await using rig = new Rig();
  const directory = await rig.folder();
  const starts = join(directory, 'starts');
  // An engine that writes who it is and lives on.
  const script = `
    const { appendFileSync } = require('node:fs');
    appendFileSync(${JSON.stringify(starts)}, process.pid + '\\n');
    setTimeout(() => {}, 3_600_000);`;
  const started = async () =>
    (await readFile(starts, 'utf8').catch(() => ''))
      .split('\n')
      .filter((line) => line !== '')
      .map(Number);
  rig.defer(async () => {
    for (const pid of await started()) if (identityOf(pid) !== null) process.kill(pid, 'SIGKILL');
  });
  const announce = (pid: number) =>
    writeFile(join(directory, 'engine.json'), JSON.stringify(identityOf(pid)));
  // A live process with this pid that is not the engine: its start time says so.
  await writeFile(join(directory, 'engine.json'), JSON.stringify({ ...ownIdentity(), startTime: 'another' }));
  await rig.balancerIn(directory, ['--engine-command', JSON.stringify([process.execPath, '-e', script])]);
  const [first = 0] = await eventually('a start', async () =>
    (await started()).length > 0 ? started() : null,
  );
  await announce(first);
  process.kill(first, 'SIGKILL');
  const [, second = 0] = await eventually('another start', async () =>
    (await started()).length > 1 ? started() : null,
  );
  await announce(second);
  await writeFile(join(directory, 'stopping'), '');
  process.kill(second, 'SIGKILL');
  await eventually('its end', () => identityOf(second) === null);
  await new Promise((resolve) => {
    setTimeout(resolve, 1500);
  });
  expect(await started()).toEqual([first, second]);
});

test('a process is known by its start, not by its pid alone', async () => {
  const own = ownIdentity();
  expect(isRunning(own)).toBe(true);
  expect(isRunning({ ...own, startTime: 'another' })).toBe(false);
  expect(identityOf(0)).toBeNull();
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 3_600_000)'], { stdio: 'ignore' });
  const identity = identityOf(child.pid ?? 0);
  expect(identity !== null && isRunning(identity)).toBe(true);
  await killed(child);
  expect(identity !== null && isRunning(identity)).toBe(false);
});
