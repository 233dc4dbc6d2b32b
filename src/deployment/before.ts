import type { Environment } from '../app/environment.ts';
import type { Clients } from '../ecs/clients.ts';
import { listHandovers, type Handover } from '../ecs/handover.ts';
import { readPlatformRecord, type PlatformRecord } from '../ecs/platform/settings.ts';

/** What the deployments before have left, by our names: handed over, and set up. */
export interface Before {
  readonly handovers: ReadonlyMap<string, Handover>;
  readonly platform: PlatformRecord;
}

export async function readBefore(
  clients: Clients,
  environment: Pick<Environment, 'app' | 'name'>,
): Promise<Before> {
  const [handovers, platform] = await Promise.all([
    listHandovers(clients, environment.app, environment.name),
    readPlatformRecord(clients, environment),
  ]);
  return { handovers, platform };
}
