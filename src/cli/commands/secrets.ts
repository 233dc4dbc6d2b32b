import type { Environment } from '../../app/environment.ts';
import { nearest } from '../../app/nearest.ts';
import { letGo, takeLease } from '../../deployment/lease.ts';
import { exitCodes } from '../../deployment/verdict.ts';
import {
  keepValue,
  readValues,
  referencesIn,
  type LocalValue,
  type User,
} from '../../ecs/platform/values.ts';
import { referenceOf } from '../../ecs/task-definition.ts';
import { Refusal } from '../../refusal.ts';
import { notElsewhere } from '../elsewhere.ts';
import { homeOf } from '../home.ts';
import { listText, nameOf, shownValue, type ShownValue } from '../present/values.ts';
import { readSecret } from '../secret-input.ts';
import { loadEnvironment, writeJson, type StreamOptions } from '../session.ts';
import { assemble, connectTo, readDotenv } from '../tools.ts';

export interface SetOptions extends StreamOptions {
  readonly fromFile: string | undefined;
  /** Whether a value stands on the command line: it is refused. */
  readonly valueGiven: boolean;
  readonly wait: number;
}

/** Shows every secret and parameter that services take variables from; never a value. */
export async function list(environmentName: string, options: StreamOptions): Promise<number> {
  const environment = await loadEnvironment(options.app, environmentName);
  onThisMachine(environment);
  const values = await shownValues(environment);
  if (options.json) writeJson({ app: environment.app, environment: environment.name, values });
  else console.log(listText(environment, values));
  return 0;
}

async function shownValues(environment: Environment): Promise<readonly ShownValue[]> {
  if (referencesIn(environment).length === 0) return [];
  const clients = await connectTo(environment, homeOf(process.env));
  try {
    const values = await readValues(clients, environment, await readDotenv(environment.root));
    return values.map(shownValue);
  } finally {
    clients.close();
  }
}

/** Gives a secret or parameter a value on this machine, which the next deployment takes. */
export async function set(word: string, environmentName: string, options: SetOptions): Promise<number> {
  if (options.valueGiven) throw valueOnCommandLine();
  const environment = await loadNamed(options, environmentName);
  onThisMachine(environment);
  const known = chosen(environment, word);
  refuseWhatDotenvGives(environment, known.users, await readDotenv(environment.root));
  const value = await readSecret(nameOf(known), options.fromFile, {
    input: process.stdin,
    output: process.stderr,
  });

  const tools = await assemble(environment, {
    home: homeOf(process.env),
    report: () => undefined,
    interrupted: new AbortController().signal,
  });
  try {
    const lease = await takeLease(environment, tools, {
      purpose: `secrets set ${nameOf(known)}`,
      wait: options.wait,
    });
    try {
      const values = await readValues(tools.clients, environment, {});
      const local = values.find(({ reference }) => reference === known.reference);
      if (local === undefined) throw new Error(`${known.reference} is not among what was read`);
      const same = local.kept?.value === value;
      const version = same
        ? (local.kept?.version ?? 0)
        : await keepValue(tools.clients, environment, local, value);
      return told(environment, local, { same, version }, options);
    } finally {
      await letGo(tools, lease);
    }
  } finally {
    tools.clients.close();
  }
}

function told(
  { name: environment }: Environment,
  local: Pick<LocalValue, 'reference' | 'users'>,
  { same, version }: { same: boolean; version: number },
  { json }: SetOptions,
): number {
  const services = [...new Set(local.users.map(({ service }) => service))];
  const verdict = same ? 'nothing-to-do' : 'succeeded';
  const exitCode = exitCodes[verdict];
  if (json) writeJson({ verdict, exitCode, environment, name: nameOf(local), version, services });
  else
    console.log(
      same
        ? `✓ nothing to do: ${nameOf(local)} has that value, in version ${version}`
        : `✓ ${nameOf(local)} has a new value, version ${version}; \`fairway deploy ${environment}\` gives it to ${services.join(', ')}`,
    );
  return exitCode;
}

/** A last argument that is no environment may well be the value: it is not repeated. */
async function loadNamed({ app }: SetOptions, name: string): Promise<Environment> {
  try {
    return await loadEnvironment(app, name);
  } catch (error) {
    if (!(error instanceof Refusal) || error.problems[0].code !== 'unknown-environment') throw error;
    throw new Refusal({
      code: 'unknown-environment',
      what: 'the second argument names no environment of the description',
      where: 'the second argument of `fairway secrets set`',
      why: `${error.problems[0].why ?? ''} ${onCommandLine}`.trim(),
      next: `name an environment; ${howToGive}`,
    });
  }
}

function onThisMachine(environment: Environment): void {
  notElsewhere(
    environment,
    'the values of secrets and parameters on AWS',
    'look with `aws secretsmanager list-secrets` and `aws ssm describe-parameters`, and change them with `put-secret-value` and `put-parameter`',
  );
}

/** By its name in the description, with `secret:` or `parameter:` before it where both have that name. */
function chosen(environment: Environment, word: string): Pick<LocalValue, 'reference' | 'users'> {
  const all = referencesIn(environment);
  const found = all.filter((one) => one.reference === word || nameOf(one) === word);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const where = 'the first argument of `fairway secrets set`';
  if (only !== undefined)
    throw new Refusal({
      code: 'ambiguous-name',
      what: `${word} is the name of a secret and of a parameter`,
      where,
      next: `say which: ${found.map(({ reference }) => reference).join(' or ')}`,
    });
  const [name = '', ...value] = word.split('=');
  if (value.length > 0) throw valueOnCommandLine();
  const asVariable = all.find(({ users }) => users.some(({ variable }) => variable.name === name));
  const likely = asVariable === undefined ? nearest(name, all.map(nameOf)) : nameOf(asVariable);
  throw new Refusal({
    code: 'unknown-secret',
    what: `no service takes a variable from a secret or parameter called ${name}`,
    where,
    why:
      all.length === 0
        ? 'the description refers to none'
        : `the description refers to ${all.map(nameOf).join(', ')}`,
    next:
      likely === null
        ? 'name one of them; `fairway secrets list` shows who uses which'
        : `did you mean ${likely}?`,
  });
}

/** What `.env` names is taken from there by every deployment: a value beside it would never be used. */
function refuseWhatDotenvGives(
  { root }: Environment,
  users: readonly User[],
  dotenv: Readonly<Record<string, string>>,
): void {
  const named = users.find(({ variable }) => dotenv[variable.name] !== undefined);
  if (named === undefined) return;
  const { name } = named.variable;
  throw new Refusal({
    code: 'value-in-dotenv',
    what: `${referenceOf(named.variable)} has its value in .env, as ${name}`,
    where: `${root}/.env`,
    why: 'what .env names is taken from there by every deployment, whatever else was set',
    next: `change ${name} there and deploy, or take it out of the file and run this again`,
  });
}

function valueOnCommandLine(): Refusal {
  return new Refusal({
    code: 'value-on-command-line',
    what: 'a value does not belong on the command line',
    where: 'the arguments of `fairway secrets set <name> [environment]`',
    why: onCommandLine,
    next: howToGive,
  });
}

const onCommandLine =
  'What stands on a command line is kept in the history of the shell and seen by every user of the machine.';
const howToGive =
  'give the value through a pipe or with `--from-file <file>`, or without either, in a terminal, to be asked for it';
