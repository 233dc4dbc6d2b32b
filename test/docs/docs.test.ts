import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { version } from '../../src/cli/package.ts';
import { exitCodes } from '../../src/deployment/verdict.ts';
import { causeCodes } from '../../src/journal/cause.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const readme = read('README.md');

const pages = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...readdirSync(join(root, 'examples'))
    .map((name) => `examples/${name}/README.md`)
    .filter((path) => existsSync(join(root, path))),
];

describe('the README', () => {
  it('describes an app that checks', () => {
    const [, description] = /```ts\n([^`]*defineApp[^`]*)```/.exec(readme) ?? [];
    const folder = mkdtempSync(join(tmpdir(), 'fairway-readme-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'fairway.config.ts'), description ?? '');
    const said = execFileSync(process.execPath, [join(root, 'test/app/load-app.ts'), folder], {
      encoding: 'utf8',
    });
    expect(JSON.parse(said)).toMatchObject({ name: 'shop', root: folder, environments: ['local'] });
  });

  it('names the commands that there are, and all of them', () => {
    const help = execFileSync(process.execPath, [join(root, 'src/cli/main.ts'), '--help'], {
      encoding: 'utf8',
    });
    const commands = help.slice(help.indexOf('Commands:'));
    const verbs = [...commands.matchAll(/^ {2}([a-z]+)/gm)]
      .map(([, verb]) => verb)
      .filter((verb) => verb !== 'help');
    expect(verbs).toContain('deploy');
    const named = [...readme.matchAll(/\bfairway (?:-C \S+ )?([a-z]+)\b/g)]
      .map(([, verb]) => verb)
      .filter((verb) => verb !== undefined);
    const inCode = [...readme.matchAll(/`([^`\n]+)`|```[^`]*```/g)].map(([code]) => code).join('\n');
    const unknown = named.filter((verb) => !verbs.includes(verb));
    expect(unknown.filter((verb) => inCode.includes(`fairway ${verb}`))).toEqual([]);
    expect(verbs.filter((verb) => !readme.includes(`\`fairway ${verb}`))).toEqual([]);
  });
});

describe('a page', () => {
  it.each(pages)('leads nowhere that is not there: %s', (page) => {
    const text = read(page).replaceAll(/```[^]*?```/g, '');
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => {
      if (/^[a-z]+:/.test(link)) return false;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });
});

/** As GitHub names them. */
function anchorsOf(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('docs/verdicts.md', () => {
  const page = read('docs/verdicts.md');

  it('has every verdict with its exit code, and no other', () => {
    const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (\d+) \|/gm)].map(([, verdict = '', code]) => [
      verdict,
      Number(code),
    ]);
    expect(Object.fromEntries(rows)).toEqual(exitCodes);
  });

  it('has every cause, and no other', () => {
    const causes = page.slice(page.indexOf('## Causes'));
    const rows = [...causes.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code);
    expect(new Set(rows)).toEqual(new Set<string>(causeCodes));
    expect(rows).toHaveLength(causeCodes.length);
  });
});

describe('the changelog', () => {
  it('has the version of the package, first', () => {
    const [, newest] = /^## (\S+)/m.exec(read('CHANGELOG.md')) ?? [];
    expect(newest).toBe(version());
  });
});
