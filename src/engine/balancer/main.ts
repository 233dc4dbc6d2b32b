import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { ownIdentity } from '../../process/identity.ts';
import { stopsAll } from '../stopping.ts';
import { systemClock } from './clock.ts';
import { ControlServer } from './control-server.ts';
import type { BalancerAddress } from './control.ts';
import { EngineWatch } from './engine-watch.ts';
import { Service } from './service.ts';
import { StateFolder } from './state-folder.ts';

/**
 * The balancer's process: `main.js --state DIR [--engine-command '["node","engine.js",…]'] [--last]`. The folder is the
 * engine's, who makes it. Exit codes: 0 stopped, 2 bad arguments, 3 another balancer has the folder.
 */
const VERSION = '1';
const STOP_MS = 30_000;

// Whoever read the log may be gone; the balancer stays.
process.stderr.on('error', () => {});

const { state, engineCommand, last } = readArguments();
const folder = new StateFolder(state);
if (!folder.exists()) usage(`there is no folder ${state}`);
const holder = folder.lock();
if (holder !== null) {
  log(`another balancer runs for this folder (pid ${holder.pid})`);
  process.exit(3);
}

const identity = ownIdentity();
const service: Service = new Service({ folder, clock: systemClock, identity, log, stopped: leave });
// The saved config first: clients wait for it, the engine does not.
await service.resume();

const token = randomBytes(32).toString('hex');
const control = new ControlServer(token, service, (error) => service.bug(error));
const port = await control.open();
const address: BalancerAddress = { ...identity, port, token, version: VERSION };
await folder.write('balancer.json', address);
const watch =
  engineCommand === null
    ? null
    : new EngineWatch({
        folder,
        command: engineCommand,
        clock: systemClock,
        log,
        abandoned: () => service.stop(STOP_MS),
      });

process.on('SIGTERM', () => service.stop(STOP_MS));
process.on('SIGINT', () => service.stop(STOP_MS));
log(`ready (pid ${process.pid})`);
// An engine that was killed had started it, and whoever stopped everything since did not see it in time.
if (!last && stopsAll(state)) service.stop(STOP_MS);

function leave(): void {
  watch?.stop();
  control.close();
  folder.remove('balancer.json');
  folder.unlock();
  log('stopped');
  process.exit(0);
}

function log(line: string): void {
  process.stderr.write(`${new Date(systemClock.date()).toISOString()} balancer: ${line}\n`);
}

function readArguments(): { state: string; engineCommand: [string, ...string[]] | null; last: boolean } {
  const { values } = parseArgs({
    options: {
      state: { type: 'string' },
      'engine-command': { type: 'string' },
      /** Started to serve until everything has been stopped: it waits to be told. */
      last: { type: 'boolean', default: false },
    },
  });
  const { last } = values;
  const command = values['engine-command'];
  if (values.state === undefined) return usage('--state DIR is missing');
  if (command === undefined) return { state: values.state, engineCommand: null, last };
  const words: unknown = JSON.parse(command);
  if (!Array.isArray(words) || !words.every((word) => typeof word === 'string'))
    return usage('--engine-command: not a JSON list of words');
  const [program, ...args] = words;
  if (program === undefined) return usage('--engine-command: empty');
  return { state: values.state, engineCommand: [program, ...args], last };
}

function usage(problem: string): never {
  log(problem);
  process.exit(2);
}
