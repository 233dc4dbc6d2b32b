import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Environment, JournalPlace } from '../app/environment.ts';
import { openDirectory } from '../journal/directory.ts';
import { withHeartbeat } from '../journal/heartbeat.ts';
import type { Holder } from '../journal/lease.ts';
import type { JournalStore } from '../journal/store.ts';
import { isRunning, pidSpace } from '../process/identity.ts';
import type { Home } from './home.ts';

/** The journal and the lease of an environment, where its description says that they are kept. */
export async function openJournal(
  environment: Pick<Environment, 'app' | 'name' | 'engine' | 'journal'>,
  home: Home,
): Promise<JournalStore> {
  const { journal, app, name } = environment;
  switch (journal.kind) {
    case 'this-machine':
      return withHeartbeat(
        openDirectory({ folder: home.journal(app, name), clock: Date.now, alive: aliveHere }),
      );
    case 's3':
      return withHeartbeat(await openInS3(journal, environment));
  }
}

/** The SDK's client takes a tenth of a second to load: only who keeps the journal there waits for it. */
async function openInS3(
  { bucket, prefix }: Extract<JournalPlace, { kind: 's3' }>,
  { engine }: Pick<Environment, 'engine'>,
): Promise<JournalStore> {
  const [{ openSdkBucket }, { openS3 }] = await Promise.all([
    import('../journal/s3/sdk-bucket.ts'),
    import('../journal/s3/store.ts'),
  ]);
  const region = engine.kind === 'ecs' ? engine.region : null;
  return openS3({
    bucket: openSdkBucket({ bucket, prefix, region }, { env: process.env, clock: Date.now }),
    clock: Date.now,
    alive: aliveAnywhere,
    newMark: randomUUID,
    pause: (milliseconds) => pause(milliseconds),
  });
}

/** A folder is this machine's own. */
function aliveHere(holder: Holder): boolean | 'unknown' {
  return holder.host === hostname() ? isRunning(holder) : 'unknown';
}

/** Machines may have the same name: whose process cannot be looked up here has its lease until it runs out. */
export function aliveAnywhere(holder: Holder): boolean | 'unknown' {
  return holder.pidSpace !== undefined && holder.pidSpace === pidSpace() ? isRunning(holder) : 'unknown';
}
