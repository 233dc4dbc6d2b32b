import type { Environment } from '../../app/environment.ts';
import type { Problem } from '../../refusal.ts';
import { awsCode, isPassing } from '../failure.ts';
import type { Clients } from '../clients.ts';
import type { Handover } from '../handover.ts';
import { accessProblem } from '../refused-access.ts';
import type { TaskService } from '../task-definition.ts';

/** What will be deployed, and what was handed over for it. */
export interface Ready {
  readonly clients: Clients;
  readonly environment: Environment;
  readonly services: readonly Placed[];
}

export interface Placed {
  readonly service: TaskService;
  readonly handover: Handover;
}

export interface Findings {
  readonly problems: readonly Problem[];
  /** What could not be looked at, and why: no reason to refuse, and none to be sure. */
  readonly unchecked: readonly Unchecked[];
}

export interface Unchecked {
  readonly what: string;
  readonly why: string;
}

/** Reads only. What it throws is made of by `findingsOf`. */
export interface Check {
  /** What it looks at, as in "… could not be checked". */
  readonly what: string;
  readonly look: (ready: Ready) => Promise<readonly Problem[]>;
}

/** A deployer that may not look at something may still deploy: what is not allowed, or not answered, is said and not refused. */
export async function findingsOf({ what, look }: Check, ready: Ready): Promise<Findings> {
  try {
    return { problems: await look(ready), unchecked: [] };
  } catch (error) {
    const denied = accessProblem(error)?.code === 'access-denied';
    if (!denied && awsCode(error) === null && !isPassing(error)) throw error;
    const why = error instanceof Error && error.message !== '' ? error.message : String(error);
    return { problems: [], unchecked: [{ what, why }] };
  }
}

/** Where a problem of a service's hand-over is. */
export function handedOver({ environment: { app, name } }: Ready, { service }: Placed): string {
  return `/fairway/${app}/${name}/${service.name}`;
}
