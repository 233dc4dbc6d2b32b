import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { Agent, createServer as createHttpServer, get } from 'node:http';
import type { Server as TcpServer } from 'node:net';
import { connect, createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2';
import { BalancerClient } from '../src/engine/balancer/control.ts';

/** Requests per second of ours to those of each; null where it, or wrk, is not installed. */
export interface BalancerBench {
  readonly vs_nginx: number | null;
  readonly vs_haproxy: number | null;
  readonly vs_caddy: number | null;
  readonly vs_kamal_proxy: number | null;
  /** Medians of the rounds, by proxy; `direct` is the upstream without one. */
  readonly requests_per_second: Readonly<Record<string, number>>;
  /** Milliseconds, medians of the rounds. */
  readonly p99_ms: Readonly<Record<string, number>>;
  /** The balancer's memory with 10,000 idle connections; null where so many cannot be opened here. */
  readonly idle_10k_mb: number | null;
  /** Milliseconds from the answer to ModifyRule until a request has been answered by the new weight. */
  readonly weight_change_ms: number;
  readonly weight_change_worst_ms: number;
}

export interface BenchOptions {
  readonly rounds?: number;
  readonly seconds?: number;
  readonly connections?: number;
}

interface Proxy {
  readonly name: string;
  readonly port: number;
}

interface Round {
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
}

const root = packageRoot(dirname(fileURLToPath(import.meta.url)));
const IDLE = 10_000;

/**
 * The balancer beside the proxies people use, one worker each, before one and the same upstream, with wrk as the client.
 * The rounds are interleaved, so that what else the machine does falls on all alike.
 */
export async function benchBalancer({
  rounds = 5,
  seconds = 3,
  connections = 64,
}: BenchOptions = {}): Promise<BalancerBench> {
  const stage = new Stage(await mkdtemp(join(tmpdir(), 'fairway-bench-')));
  try {
    const upstream = await stage.upstream();
    const ours = await stage.balancer(upstream);
    const others = [
      await stage.nginx(upstream),
      await stage.haproxy(upstream),
      await stage.caddy(upstream),
      await stage.kamalProxy(upstream),
    ];
    const proxies = [{ name: 'direct', port: upstream }, ours, ...others.filter((one) => one !== null)];
    const results =
      onPath('wrk') === null
        ? new Map<string, Round[]>()
        : await race(proxies, { rounds, seconds, connections });
    const speed = medians(results, ({ requestsPerSecond }) => requestsPerSecond);
    const ratio = (name: string) => {
      const [mine, theirs] = [speed[ours.name], speed[name]];
      return mine === undefined || theirs === undefined ? null : round(mine / theirs, 2);
    };
    return {
      vs_nginx: ratio('nginx'),
      vs_haproxy: ratio('haproxy'),
      vs_caddy: ratio('caddy'),
      vs_kamal_proxy: ratio('kamal-proxy'),
      requests_per_second: speed,
      p99_ms: medians(results, ({ p99Ms }) => p99Ms),
      idle_10k_mb: await stage.idleMemory(ours.port),
      ...(await benchWeightChange()),
    };
  } finally {
    await stage.close();
  }
}

/**
 * The same on a network of its own, where it can have one. kamal-proxy listens on all addresses, and is left out where
 * others than this machine could reach it.
 */
export async function benchBalancerApart(): Promise<BalancerBench> {
  const apart = (...words: readonly string[]) => {
    const asUser = process.getuid?.() === 0 ? [] : ['--map-root-user'];
    const start = 'ip link set lo up && exec "$@"';
    return promisify(execFile)('unshare', [...asUser, '--net', 'sh', '-c', start, 'sh', ...words]);
  };
  await buildKamalProxy().catch(() => console.log('skipped: kamal-proxy, which could not be built'));
  const can = await apart('true').then(
    () => true,
    () => false,
  );
  if (!can) return benchBalancer();
  const { stdout } = await apart(process.execPath, join(root, 'bench/balancer.ts'));
  const figures: BalancerBench = JSON.parse(stdout);
  return figures;
}

/** From its published module, where there is Go and it is not there yet. */
async function buildKamalProxy(): Promise<void> {
  if (onPath('go') === null || onPath('kamal-proxy') !== null) return;
  const run = promisify(execFile);
  const { stdout } = await run('go', ['mod', 'download', '-json', 'github.com/basecamp/kamal-proxy@v0.9.2']);
  const { Dir }: { readonly Dir: string } = JSON.parse(stdout);
  await run('go', ['build', '-C', Dir, '-o', join(root, '.tools/bin/kamal-proxy'), './cmd/kamal-proxy']);
}

/** An engine, its balancer and two targets: the weight goes from one to the other and back. */
export async function benchWeightChange(
  rounds = 100,
): Promise<Pick<BalancerBench, 'weight_change_ms' | 'weight_change_worst_ms'>> {
  const state = await mkdtemp(join(tmpdir(), 'fairway-bench-'));
  const built = join(root, 'dist/engine.js');
  const words = [existsSync(built) ? built : join(root, 'src/engine/main.ts'), '--state', state];
  const targets = await Promise.all(['blue', 'green'].map((name) => targetNamed(name)));
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    spawn(process.execPath, words, { detached: true, stdio: 'ignore' }).unref();
    const elb = await elbOf(state);
    const { port, rule, groups } = await openRule(
      elb,
      targets.map((server) => portOf(server)),
    );
    const names = ['blue', 'green'];
    const times: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      const to = round % 2;
      const TargetGroups = groups.map((TargetGroupArn, index) => ({
        TargetGroupArn,
        Weight: index === to ? 100 : 0,
      }));
      await elb.modifyRule({
        RuleArn: rule,
        Actions: [{ Type: 'forward', ForwardConfig: { TargetGroups } }],
      });
      const answered = performance.now();
      while ((await bodyOf(port, agent)) !== names[to]);
      // The first waits for its targets to be healthy.
      if (round > 0) times.push(performance.now() - answered);
    }
    times.sort((one, other) => one - other);
    return {
      weight_change_ms: round(times[Math.floor(times.length / 2)] ?? Number.NaN, 2),
      weight_change_worst_ms: round(times.at(-1) ?? Number.NaN, 2),
    };
  } finally {
    agent.destroy();
    await promisify(execFile)(process.execPath, [...words, '--stop-all']).catch(() => {});
    for (const server of targets) server.close();
    await rm(state, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function targetNamed(name: string): Promise<Server> {
  const server = createHttpServer((_, response) => response.end(name)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/** A client of the engine, once that is ready. */
async function elbOf(state: string): Promise<ElasticLoadBalancingV2> {
  for (let tries = 0; !existsSync(join(state, 'engine.json')); tries++) {
    if (tries > 500) throw new Error('the engine does not start');
    await sleep(20);
  }
  const { endpoint, region } = JSON.parse(await readFile(join(state, 'engine.json'), 'utf8'));
  const credentials = JSON.parse(await readFile(join(state, 'credentials.json'), 'utf8'));
  return new ElasticLoadBalancingV2({ endpoint, region, credentials });
}

/** A listener whose one rule forwards to a group for each target. */
async function openRule(
  elb: ElasticLoadBalancingV2,
  ports: readonly number[],
): Promise<{ port: number; rule: string; groups: string[] }> {
  const { LoadBalancers } = await elb.createLoadBalancer({ Name: 'bench' });
  const groups = await Promise.all(
    ports.map(async (port, index) => {
      const Name = `group-${index}`;
      const { TargetGroups } = await elb.createTargetGroup({ Name, Protocol: 'HTTP', Port: port });
      const arn = TargetGroups?.[0]?.TargetGroupArn ?? '';
      await elb.registerTargets({ TargetGroupArn: arn, Targets: [{ Id: '127.0.0.1', Port: port }] });
      return arn;
    }),
  );
  const port = await freePort();
  const { Listeners } = await elb.createListener({
    LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
    Port: port,
    Protocol: 'HTTP',
    DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }],
  });
  const { Rules } = await elb.createRule({
    ListenerArn: Listeners?.[0]?.ListenerArn,
    Priority: 1,
    Conditions: [{ Field: 'path-pattern', Values: ['/*'] }],
    Actions: [{ Type: 'forward', TargetGroupArn: groups[0] }],
  });
  return { port, rule: Rules?.[0]?.RuleArn ?? '', groups };
}

/** Empty where it could not be asked. */
async function bodyOf(port: number, agent: Agent): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  get({ host: '127.0.0.1', port, path: '/', agent }, (response) => {
    let body = '';
    response
      .setEncoding('utf8')
      .on('data', (text) => (body += String(text)))
      .on('close', () => resolve(body));
  }).on('error', () => setTimeout(() => resolve(''), 10));
  return promise;
}

async function race(
  proxies: readonly Proxy[],
  options: Required<BenchOptions>,
): Promise<Map<string, Round[]>> {
  const results = new Map<string, Round[]>(proxies.map(({ name }) => [name, []]));
  // The first round warms everybody up and does not count.
  for (let count = 0; count <= options.rounds; count++) {
    for (const { name, port } of proxies) {
      const measured = await wrk(port, count === 0 ? 1 : options.seconds, options.connections);
      if (count > 0) results.get(name)?.push(measured);
    }
  }
  return results;
}

async function wrk(port: number, seconds: number, connections: number): Promise<Round> {
  const args = ['-t1', `-c${connections}`, `-d${seconds}`, '--latency', `http://127.0.0.1:${port}/`];
  const { stdout } = await promisify(execFile)('wrk', args);
  const broken = /Socket errors.*|Non-2xx.*/.exec(stdout)?.[0];
  if (broken !== undefined) throw new Error(`wrk on port ${port}: ${broken.trim()}`);
  const [, amount = '', unit = ''] = /99%\s+([\d.]+)(us|ms|s)/.exec(stdout) ?? [];
  const scale = unit === 'us' ? 0.001 : unit === 's' ? 1000 : 1;
  return {
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
    p99Ms: Number(amount) * scale,
  };
}

function medians(
  results: ReadonlyMap<string, readonly Round[]>,
  pick: (round: Round) => number,
): Record<string, number> {
  const entries = [...results].map(([name, rounds]) => {
    const sorted = rounds.map(pick).sort((one, other) => one - other);
    return [name, round(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN, 2)] as const;
  });
  return Object.fromEntries(entries);
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

/** Starts what is measured, and ends it all. */
class Stage {
  readonly #directory: string;
  readonly #children: ChildProcess[] = [];
  #balancer: BalancerClient | null = null;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async close(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** What they keep, they keep here. */
  get #env(): NodeJS.ProcessEnv {
    const home = this.#directory;
    return { ...process.env, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home, XDG_RUNTIME_DIR: home };
  }

  async #start(command: string, args: readonly string[], port: number): Promise<void> {
    const child = spawn(command, args, { stdio: 'ignore', env: this.#env });
    this.#children.push(child);
    for (let tries = 0; !(await accepts(port)); tries++) {
      if (child.exitCode !== null || tries > 500)
        throw new Error(`${command} does not listen on port ${port}`);
      await sleep(20);
    }
  }

  async #write(name: string, text: string): Promise<string> {
    const path = join(this.#directory, name);
    await writeFile(path, text);
    return path;
  }

  /** nginx answers from memory, faster than any proxy asks; without it a small server of Node.js. */
  async upstream(): Promise<number> {
    const port = await freePort();
    const nginx = onPath('nginx');
    if (nginx !== null) {
      await this.#nginx(nginx, 'upstream', port, `location / { return 200 "hello world\\n"; }`);
      return port;
    }
    const server = `require('node:net').createServer((s) => s.on('data', () => s.write('HTTP/1.1 200 OK\\r\\nContent-Length: 12\\r\\n\\r\\nhello world\\n')).on('error', () => {})).listen(${port}, '127.0.0.1')`;
    await this.#start(process.execPath, ['-e', server], port);
    return port;
  }

  async balancer(upstream: number): Promise<Proxy> {
    const port = await freePort();
    const built = join(root, 'dist/balancer.js');
    const entry = existsSync(built) ? built : join(root, 'src/engine/balancer/main.ts');
    const child = spawn(process.execPath, [entry, '--state', this.#directory], { stdio: 'ignore' });
    this.#children.push(child);
    for (let tries = 0; this.#balancer === null; tries++) {
      if (child.exitCode !== null || tries > 500) throw new Error('the balancer does not start');
      await sleep(20);
      this.#balancer = BalancerClient.ofState(this.#directory);
    }
    const healthCheck = {
      enabled: true,
      path: '/',
      intervalMs: 1000,
      timeoutMs: 500,
      healthyThreshold: 2,
      unhealthyThreshold: 2,
      matcher: '200',
    };
    const targets = [{ id: 'upstream', host: '127.0.0.1', port: upstream, draining: false }];
    await this.#balancer.apply({
      version: 1,
      listeners: [
        {
          arn: 'listener',
          host: '127.0.0.1',
          port,
          rules: [],
          defaultAction: { type: 'forward', groups: [{ arn: 'web', weight: 1 }] },
        },
      ],
      targetGroups: [{ arn: 'web', name: 'web', healthCheck, deregistrationDelayMs: 1000, targets }],
    });
    while ((await this.#balancer.status()).groups[0]?.targets[0]?.state !== 'healthy') await sleep(20);
    return { name: 'fairway', port };
  }

  async #nginx(nginx: string, name: string, port: number, location: string, upstream = ''): Promise<void> {
    const path = await this.#write(
      `${name}.conf`,
      `worker_processes 1; daemon off; master_process off; pid ${this.#directory}/${name}.pid; error_log ${this.#directory}/${name}.log;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 75s;
  client_body_temp_path ${this.#directory}/${name}-body; proxy_temp_path ${this.#directory}/${name}-proxy;
  fastcgi_temp_path ${this.#directory}/${name}-fastcgi; uwsgi_temp_path ${this.#directory}/${name}-uwsgi; scgi_temp_path ${this.#directory}/${name}-scgi;
  ${upstream}
  server { listen 127.0.0.1:${port} backlog=4096; ${location} }
}
`,
    );
    await this.#start(nginx, ['-c', path, '-e', `${this.#directory}/${name}.log`], port);
  }

  async nginx(upstream: number): Promise<Proxy | null> {
    const nginx = onPath('nginx');
    if (nginx === null) return null;
    const port = await freePort();
    const location = `location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }`;
    await this.#nginx(
      nginx,
      'nginx',
      port,
      location,
      `upstream up { server 127.0.0.1:${upstream}; keepalive 256; keepalive_requests 1000000000; }`,
    );
    return { name: 'nginx', port };
  }

  async haproxy(upstream: number): Promise<Proxy | null> {
    const haproxy = onPath('haproxy');
    if (haproxy === null) return null;
    const port = await freePort();
    const path = await this.#write(
      'haproxy.cfg',
      `global
  nbthread 1
  maxconn 8192
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option forwardfor
frontend front
  bind 127.0.0.1:${port}
  default_backend back
backend back
  http-reuse always
  server up 127.0.0.1:${upstream}
`,
    );
    await this.#start(haproxy, ['-db', '-f', path], port);
    return { name: 'haproxy', port };
  }

  async caddy(upstream: number): Promise<Proxy | null> {
    const caddy = onPath('caddy');
    if (caddy === null) return null;
    const port = await freePort();
    const path = await this.#write(
      'Caddyfile',
      `{
  admin off
  auto_https off
}
http://127.0.0.1:${port} {
  reverse_proxy 127.0.0.1:${upstream}
}
`,
    );
    await this.#start(caddy, ['run', '--config', path, '--adapter', 'caddyfile'], port);
    return { name: 'caddy', port };
  }

  async kamalProxy(upstream: number): Promise<Proxy | null> {
    const program = onPath('kamal-proxy');
    const alone = Object.values(networkInterfaces())
      .flat()
      .every((address) => address?.internal === true);
    if (program === null || !alone) return null;
    const [port, tls] = [await freePort(), await freePort()];
    await this.#start(program, ['run', '--http-port', String(port), '--https-port', String(tls)], port);
    const target = ['--target', `127.0.0.1:${upstream}`, '--health-check-path', '/'];
    await promisify(execFile)(program, ['deploy', 'web', ...target], { env: this.#env });
    return { name: 'kamal-proxy', port };
  }

  /** The clients are a process of their own: both ends in one would need twice the descriptors. */
  async idleMemory(port: number): Promise<number | null> {
    if (this.#balancer === null) return null;
    const script = `
      const { connect } = require('node:net');
      let open = 0;
      const next = () => {
        if (open === ${IDLE}) return;
        const socket = connect(${port}, '127.0.0.1', () => { open += 1; next(); });
        socket.on('error', () => process.exit(1));
      };
      for (let lane = 0; lane < 50; lane++) next();
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
    this.#children.push(child);
    for (let tries = 0; tries < 1000 && child.exitCode === null; tries++) {
      const { listeners, memoryBytes } = await this.#balancer.status();
      if ((listeners[0]?.connections ?? 0) >= IDLE) return round(memoryBytes / 1024 / 1024, 1);
      await sleep(20);
    }
    return null;
  }
}

function onPath(program: string): string | null {
  const path = (process.env['PATH'] ?? '').split(delimiter);
  const folders = [join(root, '.tools/bin'), ...path, '/usr/sbin', '/usr/local/sbin'];
  const found = folders.map((folder) => join(folder, program)).find((path) => isExecutable(path));
  return found ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

function portOf(server: TcpServer): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}

/** Wherever this file lies when it runs, bundled or not. */
function packageRoot(directory: string): string {
  return existsSync(join(directory, 'package.json')) ? directory : packageRoot(dirname(directory));
}

// By name, for in a bundle every file is the main one.
if (process.argv[1]?.endsWith('bench/balancer.ts') === true) {
  console.log(JSON.stringify(await benchBalancer(), null, 2));
}
