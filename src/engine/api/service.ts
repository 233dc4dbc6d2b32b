import { NormalizedSchema } from '@smithy/core/schema';
import type { ApiError, Operation, RequestContext } from './operations.ts';
import type { ErrorModel, Protocol } from './protocol.ts';
import { shapeOf } from './shape.ts';
import type { EnumMembers, SdkSchema, Shape, Structure } from './shape.ts';
import type { Violations } from './violation.ts';

/** A service behind the endpoint: what it speaks, what it can do, how it refuses. */
export interface Service {
  /** The first answers what none of them claims. */
  readonly protocols: readonly [Protocol, ...Protocol[]];
  readonly operations: ReadonlyMap<string, ServedOperation>;
  /** The SDK's model of an error, by the name of its class. */
  errorModel(name: string): ErrorModel | undefined;
  /** The code of what is the engine's own fault, if the service has one of its own. */
  readonly internalError?: string;
  /** The service's own error for input that breaks the schema. */
  refuse(violations: Violations, operation: string): ApiError;
}

export interface ServedOperation {
  readonly input: Shape;
  readonly output: Shape;
  readonly run: Handler;
}

/**
 * An operation to which the compiler takes our word for its input: what was read by the operation's schema is of the
 * operation's type, since the SDK generates both from one model. That is why this is the type of a method.
 */
export type Handler = {
  run(input: unknown, context: RequestContext): ReturnType<Operation<unknown, unknown>>;
}['run'];

/** The SDK's schema of an operation, such as `CreateService$`. */
export type OperationSchema = readonly [9, string, string, unknown, SdkSchema, SdkSchema];

/** Binds operations to their schemas by name. A schema is read when its operation is first asked for. */
export function bind<Name extends string>(
  schemas: Readonly<Record<Name, OperationSchema>>,
  operations: Readonly<Record<Name, Handler>>,
  enums: EnumMembers,
): ReadonlyMap<string, ServedOperation> {
  const bound = new Map<string, ServedOperation>();
  const named: Readonly<Record<string, Handler>> = operations;
  for (const [name, schema] of Object.entries<OperationSchema>(schemas)) {
    const run = named[name];
    if (run !== undefined) bound.set(name, served(schema, run, enums));
  }
  return bound;
}

function served([, , , , input, output]: OperationSchema, run: Handler, enums: EnumMembers): ServedOperation {
  const shapes = { input: once(() => shapeOf(input, enums)), output: once(() => shapeOf(output)) };
  return {
    get input() {
      return shapes.input();
    },
    get output() {
      return shapes.output();
    },
    run,
  };
}

/** What the SDK's client packages export as `errorTypeRegistries`. */
export interface ErrorRegistry {
  find(predicate: (schema: SdkSchema) => boolean): SdkSchema | undefined;
}

export function errorModels(registries: readonly ErrorRegistry[]): (name: string) => ErrorModel | undefined {
  const known = new Map<string, ErrorModel | undefined>();
  return (name) => {
    if (!known.has(name)) known.set(name, findModel(registries, name));
    return known.get(name);
  };
}

function findModel(registries: readonly ErrorRegistry[], name: string): ErrorModel | undefined {
  for (const registry of registries) {
    const schema = registry.find((candidate) => NormalizedSchema.of(candidate).getName() === name);
    const shape = schema === undefined ? undefined : shapeOf(schema);
    if (schema !== undefined && shape?.kind === 'structure') return errorModel(schema, shape);
  }
  return undefined;
}

function errorModel(schema: SdkSchema, shape: Structure): ErrorModel {
  const { error, httpError, awsQueryError } = NormalizedSchema.of(schema).getMergedTraits();
  const usual = error === 'server' ? 500 : 400;
  const [code, status]: readonly unknown[] = Array.isArray(awsQueryError) ? awsQueryError : [];
  return {
    shape,
    status: typeof httpError === 'number' ? httpError : usual,
    query: typeof code === 'string' && typeof status === 'number' ? { code, status } : undefined,
  };
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}
