import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { overlaidCopy } from '../../demo/example.ts';

const files = {
  'package.json': '1',
  'web/app.ts': '1',
  'web/deep/dist/kept.txt': '1',
  'versions/2/package.json': '2',
  'versions/2/web/new.ts': '2',
  'versions/3/package.json': '3',
  'dist/old.js': 'built',
  'node_modules/x/index.js': 'own',
  '.fairway/state': 'state',
};

/** An example, and modules to find beside it. */
function example(): { root: string; modules: string } {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-demo-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries({ ...withRoot('app', files), 'modules/pg/index.js': 'pg' })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return { root: join(folder, 'app'), modules: join(folder, 'modules') };
}

function withRoot(root: string, paths: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(paths).map(([path, content]) => [`${root}/${path}`, content]));
}

function contents(root: string): Readonly<Record<string, string>> {
  const found = readdirSync(root, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && !entry.parentPath.includes('/node_modules/pg'),
  );
  return Object.fromEntries(
    found
      .map(({ parentPath, name }) => join(parentPath, name))
      .toSorted()
      .map((file) => [file.slice(root.length + 1), readFileSync(file, 'utf8')]),
  );
}

describe('version 2 of an example', () => {
  it('is a copy with its files laid over it, without what is made anew', async () => {
    const { root, modules } = example();
    await using version = await overlaidCopy(root, '2', modules);
    expect(contents(version.root)).toEqual({
      'package.json': '2',
      'web/app.ts': '1',
      'web/deep/dist/kept.txt': '1',
      'web/new.ts': '2',
    });
  });

  it('finds modules through a link', async () => {
    const { root, modules } = example();
    await using version = await overlaidCopy(root, '2', modules);
    expect(lstatSync(join(version.root, 'node_modules')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(version.root, 'node_modules/pg/index.js'), 'utf8')).toBe('pg');
  });

  it('leaves the example and the modules as they were, also once it is gone', async () => {
    const { root, modules } = example();
    const before = [contents(root), contents(modules)];
    let where: string;
    {
      await using version = await overlaidCopy(root, '2', modules);
      where = version.root;
      writeFileSync(join(where, 'web/app.ts'), 'changed');
      expect([contents(root), contents(modules)]).toEqual(before);
    }
    expect(existsSync(where)).toBe(false);
    expect([contents(root), contents(modules)]).toEqual(before);
  });

  it('that does not exist leaves nothing behind', async () => {
    const { root, modules } = example();
    const temporary = mkdtempSync(join(tmpdir(), 'fairway-demo-'));
    onTestFinished(() => rmSync(temporary, { recursive: true, force: true }));
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv('TMPDIR', temporary);
    await expect(overlaidCopy(root, '9', modules)).rejects.toThrow('ENOENT');
    expect(readdirSync(temporary)).toEqual([]);
  });
});
