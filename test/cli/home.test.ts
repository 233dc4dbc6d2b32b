import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { homeOf } from '../../src/cli/home.ts';

describe('where Fairway keeps what it keeps', () => {
  it('is .fairway in the home folder, unless FAIRWAY_HOME says otherwise', () => {
    expect(homeOf({})).toMatchObject({
      engine: join(homedir(), '.fairway/engine'),
      images: join(homedir(), '.fairway/images'),
      builds: join(homedir(), '.fairway/builds'),
      compiled: join(homedir(), '.fairway/compiled'),
    });
    expect(homeOf({ FAIRWAY_HOME: '/var/fairway' }).engine).toBe('/var/fairway/engine');
  });

  it('is not this folder when FAIRWAY_HOME is set to nothing', () => {
    expect(homeOf({ FAIRWAY_HOME: '' })).toMatchObject({ engine: homeOf({}).engine });
  });

  it('is the same wherever the engine is started: an absolute path', () => {
    expect(homeOf({ FAIRWAY_HOME: 'state' }).engine).toBe(resolve('state/engine'));
  });

  it('is a folder of its own for the journal of each environment', () => {
    const home = homeOf({ FAIRWAY_HOME: '/h' });
    const folders = [
      home.journal('shop', 'local'),
      home.journal('shop', 'staging'),
      home.journal('bakery', 'local'),
    ];
    expect(folders).toEqual(['/h/journal/shop/local', '/h/journal/shop/staging', '/h/journal/bakery/local']);
  });
});
