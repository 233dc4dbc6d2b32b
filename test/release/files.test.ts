import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../src/refusal.ts';
import { chooseFiles, chooseSources, describeFile } from '../../src/release/files.ts';
import { folder } from './folder.ts';

const app = {
  'package.json': '{}',
  'src/main.ts': 'main',
  'src/deep/part.ts': 'part',
  'dist/server.js': 'server',
  'node_modules/express/index.js': 'express',
};

describe('the files that globs choose', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['a folder stands for all that is in it', ['src'], ['src/deep/part.ts', 'src/main.ts']],
    ['a slash at its end says nothing more', ['src/'], ['src/deep/part.ts', 'src/main.ts']],
    ['and ** for all below it', ['src/**'], ['src/deep/part.ts', 'src/main.ts']],
    ['* stays in its folder', ['src/*.ts', '*.json'], ['package.json', 'src/main.ts']],
    ['a file is itself', ['./src/main.ts'], ['src/main.ts']],
    ['one chosen twice is there once', ['src/main.ts', 'src/*'], ['src/deep/part.ts', 'src/main.ts']],
    ['! takes a folder away', ['src', '!src/deep'], ['src/main.ts']],
    ['! takes away wherever it stands', ['!**/part.ts', 'src', 'src/deep/part.ts'], ['src/main.ts']],
    ['! alone chooses nothing', ['!src'], []],
    ['what is not there is not chosen', ['lib/**'], []],
    ['a folder without an end of the path', ['.'], Object.keys(app)],
  ])('%s', async (_, globs, expected) => {
    expect(await chooseFiles(folder(app), globs)).toEqual(expected.toSorted());
  });

  it('hold no repository, none of our own folders and no .env, at whatever depth', async () => {
    const own = ['.git/HEAD', '.fairway/x', '.env', 'lib/.git/HEAD', 'lib/.fairway/x', 'lib/.env'];
    const root = folder({ ...app, ...Object.fromEntries(own.map((path) => [path, 'secret'])) });
    expect(await chooseFiles(root, ['**', '.'])).toEqual(Object.keys(app).sort());
    expect(await chooseSources(root, ['**', '.'])).not.toContainEqual(
      expect.stringMatching(/\.(git|fairway|env)/),
    );
  });

  it('hold those where they are named outright', async () => {
    const root = folder({ '.git/HEAD': 'ref', '.env': 'A=1', 'a.txt': '' });
    expect(await chooseFiles(root, ['.git/HEAD'])).toEqual(['.git/HEAD']);
    expect(await chooseFiles(root, ['.env', '*.txt'])).toEqual(['.env', 'a.txt']);
  });

  it('of an image are the hidden ones too', async () => {
    const hidden = ['dist/.vite/manifest.json', 'dist/public/.well-known/a/b', 'dist/.a/b/.c/d'];
    const root = folder(Object.fromEntries(hidden.map((path) => [path, 'x'])));
    expect(await chooseFiles(root, ['dist/**'])).toEqual(hidden.toSorted());
    expect(await chooseFiles(root, ['dist'])).toEqual(hidden.toSorted());
    expect(await chooseFiles(root, ['dist', '!dist/.vite'])).toEqual(hidden.slice(1).toSorted());
  });

  it('of a source are neither installed modules nor what tools hide, unless named', async () => {
    const root = folder({ ...app, '.next/cache/1': 'x', '.babelrc': '{}' });
    expect(await chooseSources(root, ['**', '!dist'])).toEqual([
      'package.json',
      'src/deep/part.ts',
      'src/main.ts',
    ]);
    expect(await chooseSources(root, ['node_modules', '.babelrc'])).toEqual([
      '.babelrc',
      'node_modules/express/index.js',
    ]);
  });

  it('of a source may lie outside: what several apps share', async () => {
    const root = folder({ 'shop/main.ts': '1', 'shared/money.ts': '2' });
    expect(await chooseSources(join(root, 'shop'), ['**', '../shared/**'])).toEqual([
      '../shared/money.ts',
      'main.ts',
    ]);
  });

  it('leave out what is neither file nor link: it would never end to be read', async () => {
    const root = folder({ 'a.txt': '' });
    execFileSync('mkfifo', [join(root, 'pipe')]);
    expect(await chooseFiles(root, ['**'])).toEqual(['a.txt']);
  });

  it('go through no link, whether it stays inside or not', async () => {
    const root = folder({ 'app/src/main.ts': '', 'outside/secret.txt': '' });
    symlinkSync('src', join(root, 'app/inside'));
    symlinkSync('../outside', join(root, 'app/out'));
    symlinkSync('src/main.ts', join(root, 'app/start.ts'));
    const context = join(root, 'app');
    expect(await chooseFiles(context, ['**'])).toEqual(['inside', 'out', 'src/main.ts', 'start.ts']);
    expect(await chooseFiles(context, ['inside/**', 'out/*'])).toEqual(['inside']);
  });
});

describe('what is known of a file', () => {
  it('is its content, and whether it can be executed', async () => {
    const root = folder({ run: '#!/bin/sh\n', 'read.txt': 'hello\n' });
    const hello = '5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03';
    expect(await describeFile(root, 'read.txt')).toEqual({ path: 'read.txt', mode: '-', sha256: hello });
    expect(await describeFile(root, 'run')).toMatchObject({ mode: 'x' });
  });

  it('of a link inside is where it points, whether or not something is there', async () => {
    const root = folder({ 'src/main.ts': '' });
    for (const [path, target] of Object.entries({ 'src/other.ts': '../main.ts', dangling: 'nowhere' })) {
      symlinkSync(target, join(root, path));
      expect(await describeFile(root, path)).toEqual({ path, link: target });
    }
  });

  it.each(['../..', '/etc/passwd', '../outside', 'src/../../x'])(
    'of a link to %s is a refusal that names the link',
    async (target) => {
      const root = folder({ 'src/main.ts': '' });
      symlinkSync(target, join(root, 'link'));
      const refused = await describeFile(root, 'link').catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(Refusal);
      expect(refused).toMatchObject({ problems: [{ code: 'link-leaves-image', where: join(root, 'link') }] });
    },
  );
});
