import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const bundled = join(import.meta.dirname, '../../node_modules/node/bin/node');
const node = existsSync(bundled) ? bundled : process.execPath;

let folder = '';
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'fairway-load-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

interface Loaded {
  readonly first?: string;
  readonly name?: string;
  readonly root?: string;
  readonly environments?: readonly string[];
  readonly problems?: readonly { code: string; what: string; where?: string; why?: string; next: string }[];
  readonly stderr: string;
}

function load(...args: readonly string[]): Loaded {
  const { stdout, stderr } = spawnSync(node, [join(import.meta.dirname, 'load-app.ts'), ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  const answer: Loaded = JSON.parse(stdout === '' ? '{}' : stdout);
  return { ...answer, stderr };
}

const sound = (name: string) => `import { defineApp } from 'fairway';
interface Unused { readonly a: string }
export default defineApp({ name: '${name}', services: { jobs: { kind: 'worker', command: 'node jobs.js' } }, environments: { staging: { region: 'eu-central-1' } } });
`;

describe('loading a description', () => {
  it('needs nothing installed beside it, and warns of nothing', () => {
    write('fairway.config.ts', sound('shop'));
    expect(load(folder)).toEqual({
      first: 'shop',
      name: 'shop',
      root: folder,
      environments: ['local', 'staging'],
      stderr: '',
    });
  });

  it('finds it from a folder below, and by its own path', () => {
    const file = write('fairway.config.ts', sound('shop'));
    mkdirSync(join(folder, 'src/deep'), { recursive: true });
    expect(load(join(folder, 'src/deep'))).toMatchObject({ name: 'shop', root: folder });
    expect(load(file)).toMatchObject({ name: 'shop', root: folder });
  });

  it.each(['fairway.config.mts', 'fairway.config.js', 'fairway.config.mjs'])(
    'also when it is called %s',
    (name) => {
      write(name, sound('shop').replace(/^interface.*\n/m, ''));
      expect(load(folder)).toMatchObject({
        name: 'shop',
        stderr: name === 'fairway.config.js' ? expect.any(String) : '',
      });
    },
  );

  it('reads TypeScript modules even where package.json says CommonJS', () => {
    write('package.json', '{ "type": "commonjs" }');
    write('fairway.config.ts', sound('shop'));
    expect(load(folder)).toMatchObject({ name: 'shop' });
  });

  it('reads it afresh each time, and what it imports too', () => {
    write(
      'fairway.config.ts',
      sound('shop').replace("'shop'", 'name').replace('\n', "\nimport { name } from './name.ts';\n"),
    );
    const part = write('name.ts', "export const name = 'before';");
    expect(load(folder, part, "export const name = 'after';")).toMatchObject({
      first: 'before',
      name: 'after',
    });
  });
});

describe('a description that cannot be loaded is refused', () => {
  const refused = (text: string, name = 'fairway.config.ts') => {
    const file = write(name, text);
    const { problems, stderr } = load(folder);
    expect(stderr).toBe('');
    return { file, problem: problems?.[0], problems };
  };

  it('when there is none: it says where it looked and shows one', () => {
    const [problem] = load(folder).problems ?? [];
    expect(problem).toMatchObject({ code: 'no-config', where: folder });
    expect(problem?.next).toContain('export default defineApp({');
    expect(load(join(folder, 'nowhere')).problems).toMatchObject([
      { code: 'no-config', where: join(folder, 'nowhere') },
    ]);
  });

  it('when it throws: the line is the user’s own', () => {
    const { file, problem } = refused(
      "interface Gone {}\nconst region = (): string => {\n  throw new TypeError('REGION is not set');\n};\nexport default { name: region() };\n",
    );
    expect(problem).toMatchObject({
      code: 'config-throws',
      where: `${file}:3:9`,
      what: 'The description throws: TypeError: REGION is not set',
    });
  });

  it('when it throws what is no error', () => {
    expect(refused("throw 'no';").problem).toMatchObject({ code: 'config-throws' });
  });

  it('when nothing is exported by default: it names what is', () => {
    const { problem } = refused('export const app = {};');
    expect(problem).toMatchObject({
      code: 'no-default-export',
      why: 'Expected a default export; found only `app`.',
    });
  });

  it.each([['fairway.config.ts'], ['fairway.config.mjs']])('when its syntax is wrong: %s', (name) => {
    const { file, problem } = refused('const a = 1;\nexport default {\n  a: ,\n};\n', name);
    expect(problem).toMatchObject({ code: 'config-syntax', where: `${file}:3` });
  });

  it('when it needs more than types stripped', () => {
    const { file, problem } = refused('enum Size { Small }\nexport default { name: Size.Small };\n');
    expect(problem).toMatchObject({
      code: 'config-syntax',
      where: `${file}:1`,
      what: expect.stringContaining('enum'),
    });
  });

  it.each([['a-package-that-is-not-there'], ['./not-there.ts']])('when it imports %s', (specifier) => {
    const { problem } = refused(`import x from '${specifier}';\nexport default { x };\n`);
    expect(problem).toMatchObject({
      code: 'config-import-missing',
      what: expect.stringContaining(specifier.replace('./', '')),
    });
  });

  it('when its shape is wrong: all problems come at once', () => {
    const { problems } = refused("export default { nmae: 'shop', services: {} };");
    expect(problems?.map(({ where, code }) => `${where} ${code}`)).toEqual([
      'nmae unknown-key',
      'services no-service',
    ]);
  });
});
