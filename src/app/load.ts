import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { basename, dirname, join, resolve as absolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Problem, Refusal } from '../refusal.ts';
import type { App } from './app.ts';

const CONFIG_NAMES = ['fairway.config.ts', 'fairway.config.mts', 'fairway.config.js', 'fairway.config.mjs'];

const EXAMPLE = `import { defineApp } from 'fairway';

export default defineApp({
  name: 'guestbook',
  services: {
    web: {
      kind: 'web',
      build: { command: 'npm run build', include: ['dist/**'] },
      command: 'node dist/server.js',
      port: 8080,
      health: { path: '/health' },
      variables: { DATABASE_URL: { store: 'db', property: 'url' } },
    },
  },
  stores: { db: { kind: 'postgres' } },
});`;

/** A description that awaits something for ever would otherwise hang every command without a word. */
const DEADLINE_SECONDS = 20;

/**
 * The app described by the `fairway.config.ts` at `where`: the file itself, or a folder in or above which it lies. Read
 * afresh at each call. Throws `Refusal` with everything that is wrong.
 */
export async function loadApp(where: string): Promise<App> {
  const file = find(absolute(where));
  const description = await importDefault(file);
  // Only now is the schema needed: commands that read no description never pay for it.
  const { checkDescription } = await import('./check.ts');
  const checked = checkDescription(description, dirname(file));
  if (checked.ok) return checked.app;
  throw new Refusal(checked.problems);
}

function find(where: string): string {
  const kind = kindOf(where);
  if (kind === 'file') return where;
  if (kind === 'nothing') {
    throw new Refusal({
      code: 'no-config',
      what: 'There is no such file or folder.',
      where,
      next: 'Give the folder of the app, or the path of its fairway.config.ts.',
    });
  }
  for (let folder = where; ; folder = dirname(folder)) {
    const name = CONFIG_NAMES.find((candidate) => kindOf(join(folder, candidate)) === 'file');
    if (name !== undefined) return join(folder, name);
    if (folder === dirname(folder)) break;
  }
  throw new Refusal({
    code: 'no-config',
    what: 'No fairway.config.ts describes an app here.',
    where,
    why: `Looked for ${CONFIG_NAMES.join(', ')} in this folder and in all above it.`,
    next: `Write a fairway.config.ts such as this one:\n\n${EXAMPLE}`,
  });
}

function kindOf(path: string): 'file' | 'folder' | 'nothing' {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) return 'nothing';
  return status.isDirectory() ? 'folder' : 'file';
}

let loads = 0;

async function importDefault(file: string): Promise<unknown> {
  loads += 1;
  const tag = `fairway-load=${loads}`;
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      // Whatever is or is not installed beside the description: it speaks to the Fairway that runs.
      if (specifier === 'fairway') return { url: RUNNING_FAIRWAY, format: 'module', shortCircuit: true };
      const found = next(specifier, context);
      if (context.parentURL?.includes(tag) !== true && !specifier.includes(tag)) return found;
      return fresh(found, tag);
    },
  });
  try {
    const module: unknown = await withDeadline(import(`${pathToFileURL(file).href}?${tag}`), file);
    return defaultOf(module, file);
  } catch (error) {
    throw error instanceof Refusal ? error : refusalOf(error, file, tag);
  } finally {
    hooks.deregister();
  }
}

/** The one thing that a description imports from Fairway at run time; see `defineApp` in src/index.ts. */
const RUNNING_FAIRWAY = `data:text/javascript,${encodeURIComponent('export const defineApp = (app) => app;')}`;

/** Modules of the app are read again each time, and as modules whatever the app's package.json says. */
function fresh<Found extends { url: string; format?: string | null | undefined }>(
  found: Found,
  tag: string,
): Found {
  const { protocol, pathname } = new URL(found.url);
  if (protocol !== 'file:' || pathname.includes('/node_modules/')) return found;
  const url = found.url.includes(tag)
    ? found.url
    : `${found.url}${found.url.includes('?') ? '&' : '?'}${tag}`;
  const format = /\.m?ts$/.test(pathname) ? { format: 'module-typescript' } : {};
  return { ...found, url, ...format };
}

async function withDeadline(loading: Promise<unknown>, file: string): Promise<unknown> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(
      new Refusal({
        code: 'config-hangs',
        what: `The description is not there after ${DEADLINE_SECONDS} seconds.`,
        where: file,
        why: 'It awaits something at its top that does not come.',
        next: 'Describe the app without waiting for anything.',
      }),
    );
  }, DEADLINE_SECONDS * 1000);
  try {
    return await Promise.race([loading, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function defaultOf(module: unknown, file: string): unknown {
  if (typeof module === 'object' && module !== null && 'default' in module && module.default !== undefined)
    return module.default;
  const others =
    typeof module === 'object' && module !== null
      ? Object.keys(module).filter((name) => name !== 'default')
      : [];
  throw new Refusal({
    code: 'no-default-export',
    what: 'The description is not exported.',
    where: file,
    why: `Expected a default export; found ${others.length === 0 ? 'none' : `only ${others.map((name) => `\`${name}\``).join(', ')}`}.`,
    next: 'Write: export default defineApp({ … });',
  });
}

function refusalOf(error: unknown, file: string, tag: string): Refusal {
  return new Refusal(problemOf(error, file, tag), { cause: error });
}

function problemOf(error: unknown, file: string, tag: string): Problem {
  if (!(error instanceof Error)) {
    return {
      code: 'config-throws',
      what: 'The description throws something that is no error.',
      where: file,
      next: 'Throw errors only, or nothing.',
    };
  }
  const code = 'code' in error ? error.code : undefined;
  const message = cleaned(firstLine(error.message), tag);
  if (code === 'ERR_MODULE_NOT_FOUND') {
    return {
      code: 'config-import-missing',
      what: `The description imports something that is not there: ${message}`,
      where: file,
      next: 'Install it (npm install), or correct the import.',
    };
  }
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return {
      code: 'config-syntax',
      what: message,
      where: syntaxPlace(error, file, tag),
      why: 'Node.js only strips types; it does not translate enums, namespaces and parameter properties.',
      next: 'Write it without: `as const` objects serve as enums.',
    };
  }
  if (error.name === 'SyntaxError') {
    return {
      code: 'config-syntax',
      what: `The description cannot be read: ${message}`,
      where: syntaxPlace(error, file, tag),
      next: 'Correct the syntax.',
    };
  }
  return {
    code: 'config-throws',
    what: `The description throws: ${error.name}: ${message}`,
    where: framePlace(error, tag) ?? file,
    next: 'Correct what stands there; a description should only describe.',
  };
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

function cleaned(text: string, tag: string): string {
  return text.replaceAll(`?${tag}`, '').replaceAll(`&${tag}`, '');
}

/** The innermost frame that is the user's own: those are the ones that carry our tag. */
function framePlace(error: Error, tag: string): string | null {
  for (const line of (error.stack ?? '').split('\n')) {
    const [, url, at] = /(file:\/\/\S+?)[?&]fairway-load=\d+:(\d+:\d+)\)?$/.exec(line) ?? [];
    if (line.includes(tag) && url !== undefined && at !== undefined) return `${fileURLToPath(url)}:${at}`;
  }
  return null;
}

/** Type stripping says where; for plain JavaScript Node.js tells only its own terminal, so it is asked for that. */
function syntaxPlace(error: Error, file: string, tag: string): string {
  const [, said, line] = /^(\S.*?):(\d+)\n/.exec(cleaned(error.stack ?? '', tag)) ?? [];
  if (said !== undefined && line !== undefined)
    return `${said.startsWith('file:') ? fileURLToPath(said) : said}:${line}`;
  const checked = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', timeout: 5000 });
  const [, checkedLine] = new RegExp(`${escaped(basename(file))}:(\\d+)`).exec(checked.stderr ?? '') ?? [];
  return checkedLine === undefined ? file : `${file}:${checkedLine}`;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
