import type { Environment } from '../app/environment.ts';
import type { Clients } from '../ecs/clients.ts';
import { listHandovers, type Handover } from '../ecs/handover.ts';
import { nothingRecorded, readPlatformRecord, type PlatformRecord } from '../ecs/platform/settings.ts';

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
    // On AWS the platform is Terraform's, and so is what is known of it.
    clients.address.kind === 'embedded' ? readPlatformRecord(clients, environment) : nothingRecorded,
  ]);
  return { handovers, platform };
}
