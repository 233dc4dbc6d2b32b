import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { homeOf, type Home } from '../../src/cli/home.ts';
import { aliveAnywhere, openJournal } from '../../src/cli/journal.ts';
import type { Holder } from '../../src/journal/lease.ts';
import { ownIdentity, pidSpace } from '../../src/process/identity.ts';
import { appOf, web } from '../ecs/platform/shop.ts';
import { startOwnS3 } from '../journal/s3-server.ts';

const holder: Holder = { who: 'anna', host: 'laptop', pid: 1, startTime: '1', purpose: 'test' };

function homeForTest(): Home {
  const path = mkdtempSync(join(tmpdir(), 'fairway-cli-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return homeOf({ FAIRWAY_HOME: path });
}

describe('the journal of an environment', () => {
  it('on this machine is its own', async () => {
    const local = appOf('shop', { web: web() });
    const home = homeForTest();
    const journal = await openJournal(local, home);
    const lease = await journal.acquire(holder);
    if (lease.held) throw new Error('nobody else can hold it');
    expect((await (await openJournal(local, home)).acquire(holder)).held).toBe(true);
    const other = await (await openJournal({ ...local, name: 'staging' }, home)).acquire(holder);
    expect(other.held).toBe(false);
    await journal.release(lease);
  });

  it('in S3 is one for all machines, and its own', async () => {
    const server = await startOwnS3('acme');
    onTestFinished(server.end);
    for (const [name, value] of Object.entries(server.env)) vi.stubEnv(name, value);
    const { journal: _, ...shared } = appOf('shop', { web: web() });
    const at = (name: string, prefix: string) =>
      openJournal({ ...shared, name, journal: { kind: 's3', bucket: 'acme', prefix } }, homeForTest());
    const lease = await (await at('local', 'f/shop/local/')).acquire(holder);
    expect(lease).toMatchObject({ held: false, epoch: 1 });
    expect(await (await at('local', 'f/shop/local/')).acquire(holder)).toMatchObject({ held: true });
    expect((await (await at('staging', 'f/shop/staging/')).acquire(holder)).held).toBe(false);
  });
});

describe('whether a holder lives', () => {
  it.skipIf(pidSpace() === null)('is known where its process can be looked up', () => {
    const own = { ...holder, ...ownIdentity(), pidSpace: pidSpace() ?? '' };
    expect(aliveAnywhere(own)).toBe(true);
    expect(aliveAnywhere({ ...own, startTime: 'earlier' })).toBe(false);
  });

  it('is not known of another machine, though it has the same name', () => {
    expect(aliveAnywhere({ ...holder, host: hostname(), pidSpace: 'another' })).toBe('unknown');
    expect(aliveAnywhere({ ...holder, host: hostname() })).toBe('unknown');
  });
});
