import { mkdirSync, statSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { Command, InvalidArgumentError, Option } from 'commander';
import { Refusal } from '../refusal.ts';
import { homeOf } from './home.ts';
import { version } from './package.ts';

keepCompiled(homeOf(process.env).compiled);

/** The command line: a table of verbs. Each verb's file is loaded when it is called, and never for `--help`. */
const program = new Command('fairway')
  .description(
    'Takes container web apps safely to production: one description, one command, one truthful verdict.',
  )
  .version(version())
  .option('-C, --app <folder>', 'folder of fairway.config.ts (default: this folder, or one above it)')
  .configureHelp({ showGlobalOptions: true })
  .showHelpAfterError('(see --help)')
  .exitOverride();

const json = () =>
  new Option('--json', 'one JSON document, or one event a line where it streams').default(false);
const wait = () =>
  new Option('--wait [seconds]', 'queue behind whoever holds the lease')
    .argParser(secondsOf)
    .preset('600')
    .default(0);

program
  .command('check')
  .description('check the description: all problems at once')
  .addOption(json())
  .action((options) =>
    finish(import('./commands/check.ts').then(({ run }) => run({ ...global(), ...options }))),
  );

program
  .command('doctor')
  .description('see whether the tools that the description names are here, and new enough')
  .addOption(json())
  .action((options) =>
    finish(import('./commands/doctor.ts').then(({ run }) => run({ ...global(), ...options }))),
  );

program
  .command('plan')
  .description('show what a deployment would do')
  .argument('[environment]', 'environment of the description', 'local')
  .addOption(json())
  .action((name, options) =>
    finish(import('./commands/plan.ts').then(({ run }) => run(name, { ...global(), ...options }))),
  );

program
  .command('render')
  .description('print the task definitions of an environment as ECS takes them')
  .argument('[environment]', 'environment of the description', 'local')
  .option('--service <name>', 'only this service')
  .option('--image <reference>', 'image to name in it')
  .addOption(json())
  .action((name, options) =>
    finish(import('./commands/render.ts').then(({ run }) => run(name, { ...global(), ...options }))),
  );

program
  .command('deploy')
  .description('make the described release live, or leave everything as it was')
  .argument('[environment]', 'environment of the description', 'local')
  .addOption(
    new Option(
      '--allow-migration <what>',
      'let a class of migrations (blocks-writers, unknown, breaks-running, loses-data) or the statement with a fingerprint pass, this time; may be repeated',
    )
      .argParser(migrationAllowed)
      .default([], 'what `migration.allow` says'),
  )
  .addOption(wait())
  .addOption(json())
  .action((name, options) =>
    finish(import('./commands/deploy.ts').then(({ run }) => run(name, { ...global(), ...options }))),
  );

program
  .command('status')
  .description('show what runs, and who is changing it')
  .argument('[environment]', 'environment of the description', 'local')
  .addOption(json())
  .action((name, options) =>
    finish(import('./commands/status.ts').then(({ run }) => run(name, { ...global(), ...options }))),
  );

program
  .command('history')
  .description('show the deployments of an environment, newest first')
  .argument('[environment]', 'environment of the description', 'local')
  .option('-n, --limit <count>', 'how many', countOf, 20)
  .addOption(json())
  .action((name, options) =>
    finish(import('./commands/history.ts').then(({ run }) => run(name, { ...global(), ...options }))),
  );

program
  .command('logs')
  .description('show the newest log lines of a service, or of all')
  .argument('[service]', 'service of the description')
  .option('-e, --environment <name>', 'environment of the description', 'local')
  .option('-n, --lines <count>', 'how many', countOf, 100)
  .option('--store <name>', 'a store instead of a service')
  .option('-f, --follow', 'go on with new lines, of new tasks too, until Ctrl-C', false)
  .addOption(json())
  .action((service, options) =>
    finish(import('./commands/logs.ts').then(({ run }) => run(service, { ...global(), ...options }))),
  );

program
  .command('metrics')
  .description('show requests, errors, response times, CPU and memory of the last minutes')
  .argument('[environment]', 'environment of the description', 'local')
  .option('-m, --minutes <count>', 'how many', countOf, 5)
  .addOption(json())
  .action((name, options) =>
    finish(import('./commands/metrics.ts').then(({ run }) => run(name, { ...global(), ...options }))),
  );

program
  .command('scale')
  .description('run another number of tasks of a service, until the next deployment or its own scaling')
  .argument('<service>', 'service of the description')
  .argument('<count>', 'how many tasks')
  .option('-e, --environment <name>', 'environment of the description', 'local')
  .addOption(wait())
  .addOption(json())
  .action((service, count, options) =>
    finish(import('./commands/scale.ts').then(({ run }) => run(service, count, { ...global(), ...options }))),
  );

const secrets = program
  .command('secrets')
  .description('the values of secrets and parameters on this machine');

secrets
  .command('list')
  .description('show every secret and parameter that services use, and whether it has a value; never a value')
  .argument('[environment]', 'environment of the description', 'local')
  .addOption(json())
  .action((name, options) =>
    finish(import('./commands/secrets.ts').then(({ list }) => list(name, { ...global(), ...options }))),
  );

secrets
  .command('set')
  .description('give one a value, for the next deployment: from a pipe, a file, or typed without being shown')
  .argument('<name>', 'name of a secret, `#` and its key, or name of a parameter, as the description has it')
  .argument('[environment]', 'environment of the description', 'local')
  .option('--from-file <file>', 'a file that holds the value and nothing else')
  // So that a value among the words is refused with the reason, and never repeated.
  .addOption(new Option('--value [value]').hideHelp())
  .allowExcessArguments()
  .addOption(wait())
  .addOption(json())
  .action((name, environment, { value, ...options }, { args }: Command) => {
    const valueGiven = value !== undefined || args.length > 2;
    return finish(
      import('./commands/secrets.ts').then(({ set }) =>
        set(name, environment, { ...global(), ...options, valueGiven }),
      ),
    );
  });

program
  .command('rollback')
  .description('return to the release before, or to a named one')
  .argument('[environment]', 'environment of the description', 'local')
  .option('--to <release>', 'a release or deployment of the history')
  .addOption(wait())
  .addOption(json())
  .action((name, options) =>
    finish(import('./commands/rollback.ts').then(({ run }) => run(name, { ...global(), ...options }))),
  );

program
  .command('resume')
  .description('go on with a deployment whose deployer died, or roll it back')
  .argument('[environment]', 'environment of the description', 'local')
  .addOption(wait())
  .addOption(json())
  .action((name, options) =>
    finish(import('./commands/resume.ts').then(({ run }) => run(name, { ...global(), ...options }))),
  );

program
  .command('down')
  .description('stop an environment on this machine; stores keep their data')
  .argument('[environment]', 'environment of the description', 'local')
  .option('--all', 'the engine and everything it runs', false)
  .addOption(json())
  .action((name, options) =>
    finish(import('./commands/down.ts').then(({ run }) => run(name, { ...global(), ...options }))),
  );

const engine = program
  .command('engine')
  .description('the embedded engine by itself, for any AWS client')
  .addHelpText('after', '\n  eval "$(fairway engine start)" && aws ecs list-clusters');

engine
  .command('start')
  .description('start it, and print what points AWS clients at it: `export AWS_…=…` lines')
  .option(
    '--registry <host:port/prefix>',
    'push Docker images there, and run them from there, from now on; `none`: keep them on this machine',
  )
  .addOption(json())
  .action((options) => finish(import('./commands/engine.ts').then(({ start }) => start(options))));

engine
  .command('status')
  .description('show where it answers and what it runs')
  .addOption(json())
  .action((options) => finish(import('./commands/engine.ts').then(({ status }) => status(options))));

engine
  .command('stop')
  .description('stop it with everything it runs; stores keep their data')
  .addOption(json())
  .action((options) => finish(import('./commands/engine.ts').then(({ stop }) => stop(options))));

await program.parseAsync().catch(commandLineError);

/** Whoever writes there says what is run: only a folder of this very user will do. One that cannot be had is no obstacle. */
function keepCompiled(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid } = statSync(folder);
    if (uid === (process.getuid?.() ?? uid)) enableCompileCache(folder);
  } catch {
    // Everything is compiled anew, as at the first start.
  }
}

/** The words of a class, or a fingerprint: a slip must not look as if it had allowed something. */
function migrationAllowed(value: string, before: readonly string[]): readonly string[] {
  if (!/^(blocks-writers|unknown|breaks-running|loses-data|[0-9a-f]{12})$/.test(value))
    throw new InvalidArgumentError(
      'expected blocks-writers, unknown, breaks-running, loses-data or a fingerprint of twelve hexadecimal digits',
    );
  return [...before, value];
}

function global(): { readonly app: string | undefined } {
  return { app: program.opts<{ app?: string }>().app };
}

/** One place renders what went wrong: a refusal as what the user can mend, anything else as a fault of ours. */
async function finish(job: Promise<number>): Promise<void> {
  try {
    process.exitCode = await job;
  } catch (failure) {
    const error = await mendable(failure);
    const asJson = process.argv.includes('--json');
    const { problemText, problemJson, bugText } = await import('./present/problem.ts');
    if (error instanceof Refusal) {
      process.exitCode = 3;
      if (asJson) console.log(JSON.stringify(problemJson(error)));
      else console.error(problemText(error));
      return;
    }
    process.exitCode = 1;
    if (asJson)
      console.log(
        JSON.stringify({ verdict: null, exitCode: 1, cause: { code: 'bug', what: String(error) } }),
      );
    console.error(bugText(error, version()));
  }
}

/**
 * A full disk, or what AWS has against the credentials, is nobody's fault in the code, wherever it shows; nor is it that the
 * lease ran out before anything was begun.
 */
async function mendable(error: unknown): Promise<unknown> {
  if (error instanceof Error && error.name === 'LeaseLost') {
    const problem = {
      code: 'lease-lost',
      what: error.message,
      why: 'this process stood still for longer than a lease lasts, before it had begun to change anything',
      next: 'see what the other does with `fairway status`, and run this again',
    };
    return new Refusal(problem, { cause: error });
  }
  if (error instanceof Refusal) return error;
  const { accessProblem } = await import('../ecs/refused-access.ts');
  const access = accessProblem(error);
  if (access !== null) return new Refusal(access, { cause: error });
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOSPC') return error;
  const problem = {
    code: 'disk-full',
    what: 'there is no space left on the disk',
    why: error.message,
    next: 'free some space; then `fairway status` shows what runs, and `fairway resume` ends what was begun',
  };
  return new Refusal(problem, { cause: error });
}

/** Help and version end with 0; a command line that is not understood ends with 64. */
function commandLineError(error: unknown): void {
  if (!(error instanceof Error) || !('exitCode' in error)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 64;
}

function countOf(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('expected a whole number above 0.');
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (Number.isFinite(seconds) && seconds >= 0) return seconds;
  throw new InvalidArgumentError('expected a number of seconds.');
}
