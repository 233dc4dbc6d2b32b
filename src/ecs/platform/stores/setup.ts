import type { Environment, Store } from '../../../app/environment.ts';

/**
 * What one store needs to be made: the seam between the kinds. Making it, keeping its values, waiting for it and
 * refusing what it cannot be is the same for all.
 */
export interface StoreSetup {
  /**
   * What its data is made for, by the words of the description. Where one of these is another afterwards the store is
   * refused: its data would be read by a server that it is not for, or not be found at all.
   */
  readonly madeFor: Readonly<Record<string, string>>;
  /** Parameter of the secret that is made once for it; several stores may share one. */
  readonly secretAt: string;
  /** What the app may ask for, and what its container is told, once the store has its port and its secret. */
  properties(port: number, secret: string): Readonly<Record<string, Property>>;
  readonly container: StoreContainer;
  /** A volume of the engine, which outlives every deployment. Volumes are shared by all that runs on the engine. */
  readonly volume: string;
  /** Asks in the store's own protocol whether it serves: `ready`, or why not. May be repeated. */
  ready(port: number): Promise<Readiness>;
  /** How one gets such a store on this machine, for people: `install …, or start Docker, which …`. */
  readonly ways: string;
}

export type Readiness = 'ready' | (string & {});

export interface Property {
  readonly value: string;
  /** Kept encrypted. */
  readonly secret: boolean;
}

export interface StoreContainer {
  readonly image: string;
  readonly entryPoint?: readonly string[];
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Properties, by the variable in which the container takes each. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly port: number;
  /** Where in the container its data lies. */
  readonly data: string;
  /** MiB */
  readonly memory: number;
}

/** A store, and the environment it belongs to. */
export interface StorePlace {
  readonly store: Store;
  readonly environment: Environment;
}

/** Where the values of a store are kept. */
export function storeFolder({ store, environment: { app, name } }: StorePlace): string {
  return `/fairway/${app}/${name}/stores/${store.name}`;
}

export const open = (value: string): Property => ({ value, secret: false });
export const secret = (value: string): Property => ({ value, secret: true });
