import { keyed } from './keyed.ts';

/** Where two answers are not alike. `absent` is a key that is not there. */
export interface Difference {
  readonly operation: string;
  /** Into the answer: `TargetGroups[].Port`. */
  readonly path: string;
  readonly engine: string;
  readonly moto: string;
}

/**
 * Compares answers of a sequence. What each party draws by chance (ids within ARNs, versions, DNS names) need not be the
 * same, but must stay the same: the engine's id that was once met beside one of moto's is met beside that one only.
 */
export class Comparison {
  readonly #pairs = new Map<string, string>();
  readonly #paired = new Map<string, string>();

  differences(operation: string, engine: unknown, moto: unknown): Difference[] {
    return this.#compare(operation, '', engine, moto);
  }

  #compare(operation: string, path: string, engine: unknown, moto: unknown): Difference[] {
    if (Array.isArray(engine) && Array.isArray(moto)) return this.#lists(operation, path, engine, moto);
    if (isRecord(engine) && isRecord(moto)) {
      const other = new Map(Object.entries(moto));
      const keys = Object.keys(engine).map((key) => [key, this.#counterpart(key)] as const);
      const theirs = new Set(keys.map(([, key]) => key));
      return [
        ...keys,
        ...[...other.keys()].filter((key) => !theirs.has(key)).map((key) => [key, key] as const),
      ].flatMap(([key, counterpart]) =>
        this.#compare(operation, path === '' ? key : `${path}.${key}`, engine[key], other.get(counterpart)),
      );
    }
    if (typeof engine === 'string' && typeof moto === 'string' && this.#same(engine, moto)) return [];
    if (show(engine) === show(moto) && typeof engine !== 'string') return [];
    return [{ operation, path, engine: show(engine), moto: show(moto) }];
  }

  #lists(
    operation: string,
    path: string,
    engine: readonly unknown[],
    moto: readonly unknown[],
  ): Difference[] {
    const key = keyed.get(`${operation} ${path}`);
    if (key !== undefined) return this.#byKey(operation, path, key, engine, moto);
    if (engine.length !== moto.length)
      return [{ operation, path: `${path}[]`, engine: show(engine), moto: show(moto) }];
    return engine.flatMap((item, index) => this.#compare(operation, `${path}[]`, item, moto[index]));
  }

  #byKey(
    operation: string,
    path: string,
    key: string,
    engine: readonly unknown[],
    moto: readonly unknown[],
  ): Difference[] {
    const of = (item: unknown): string => named(String(isRecord(item) ? item[key] : item));
    const theirs = new Map(moto.map((item) => [of(item), item]));
    const both = engine.flatMap((item) => {
      const counterpart = this.#counterpart(of(item));
      const their = theirs.get(counterpart);
      theirs.delete(counterpart);
      return this.#compare(operation, `${path}[]`, item, their);
    });
    return [
      ...both,
      ...[...theirs.values()].flatMap((item) => this.#compare(operation, `${path}[]`, undefined, item)),
    ];
  }

  /** Versions of secrets are keys too. */
  #counterpart(key: string): string {
    return this.#pairs.get(key) ?? key;
  }

  #same(engine: string, moto: string): boolean {
    if (withoutChance(engine) !== withoutChance(moto)) return false;
    const ours = engine.match(chance) ?? [];
    const theirs = moto.match(chance) ?? [];
    return ours.every((id, index) => this.#pair(id, theirs[index] ?? ''));
  }

  #pair(engine: string, moto: string): boolean {
    if (!this.#pairs.has(engine) && !this.#paired.has(moto)) {
      this.#pairs.set(engine, moto);
      this.#paired.set(moto, engine);
    }
    return this.#pairs.get(engine) === moto && this.#paired.get(moto) === engine;
  }
}

/** UUIDs, accounts, the ids of ELB and Auto Scaling, and what Secrets Manager puts after a name. */
const chance =
  /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=:)\d{12}(?=:)|(?<=\/)[0-9a-f]{14,17}(?![0-9a-z])|(?<=ecs-svc\/)\d+|(?<=scalable-target\/)[0-9a-z]{32,36}|(?<=:secret:[\w/-]+-)[A-Za-z0-9]{6}$/g;

const withoutChance = (text: string): string => text.replace(chance, '*');

/** What tells an item from others: its name without what is drawn by chance, or all of it where it is drawn as a whole. */
function named(text: string): string {
  const name = withoutChance(text);
  return name === '*' ? text : name;
}

/** As a difference is told: without what is drawn by chance, times as such. */
function show(value: unknown): string {
  if (value === undefined) return 'absent';
  return JSON.stringify(value, (_key, held: unknown) => (typeof held === 'string' ? shown(held) : held), 0);
}

function shown(text: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) ? '<time>' : withoutChance(text);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
