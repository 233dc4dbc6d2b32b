import { z } from '../app/schema/zod.ts';
import { Refusal } from '../refusal.ts';
import { parseRepository, repositoryPattern, type Repository } from '../repository/repository.ts';
import { awsCode } from './failure.ts';
import type { Clients } from './clients.ts';
import { parametersBelow } from './parameters.ts';

/**
 * What Terraform (or the bootstrap of a local platform) hands to the deployer: one Parameter Store parameter a service,
 * 4 KB at most, JSON. The deployer reads no Terraform state.
 */
export type Handover = z.infer<typeof schema>;

const schema = z.strictObject({
  version: z.literal(1),
  cluster: z.string(),
  service: z.string(),
  /** Null for services that no request reaches. */
  loadBalancer: z
    .strictObject({
      targetGroups: z.tuple([z.string(), z.string()]),
      productionRule: z.string(),
      testRule: z.string(),
      role: z.string(),
      /** Where users reach it, and where gates reach green before users do. */
      url: z.string(),
      testUrl: z.string(),
      testHeaders: z.record(z.string(), z.string()),
    })
    .nullable(),
  network: z.strictObject({
    subnets: z.array(z.string()),
    securityGroups: z.array(z.string()),
    publicIp: z.boolean(),
  }),
  /** Alarms (names) that roll a deployment of it back; left out where it never had one, empty where it has none any more. */
  alarms: z.array(z.string()).optional(),
  /**
   * Where its image goes, and where the engine gets it from: a repository with its registry's host, without tag and digest.
   * In ECR `123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web`, in Docker Hub `docker.io/acme/web`, in GHCR
   * `ghcr.io/acme/web`. Left out where the engine runs what this machine has.
   */
  repository: z
    .string()
    .regex(repositoryPattern, 'a repository with the host of its registry, such as "ghcr.io/acme/web"')
    .optional(),
  roles: z.strictObject({ execution: z.string(), task: z.string().nullable() }),
  /** `valueFrom` of what the task definition refers to: store properties, secrets and parameters by our name for them. */
  values: z.record(z.string(), z.string()),
});

export function handoverName(app: string, environment: string, service: string): string {
  return `/fairway/${app}/${environment}/${service}`;
}

export function parseHandover(name: string, text: string): Handover {
  const parsed = schema.safeParse(jsonOrNull(text));
  if (parsed.success) return parsed.data;
  const first = parsed.error.issues[0];
  throw new Refusal({
    code: 'handover-invalid',
    what: `the platform parameter ${name} is not one that this version of Fairway understands`,
    where: `${name}: ${first?.path.join('.') ?? ''}`,
    why: first?.message ?? 'it is not JSON',
    next: 'write it anew with the version of Fairway that deploys',
  });
}

export async function readHandover(clients: Clients, name: string): Promise<Handover | null> {
  const { GetParameterCommand } = await import('@aws-sdk/client-ssm');
  try {
    const { Parameter } = await clients.ssm.send(new GetParameterCommand({ Name: name }));
    return parseHandover(name, Parameter?.Value ?? '');
  } catch (error) {
    if (awsCode(error) === 'ParameterNotFound') return null;
    throw error;
  }
}

/** Every service of an environment that was ever handed over and not taken down since, described or not, by our name. */
export async function listHandovers(
  clients: Clients,
  app: string,
  environment: string,
): Promise<ReadonlyMap<string, Handover>> {
  const folder = `/fairway/${app}/${environment}`;
  const found = new Map<string, Handover>();
  for await (const { name, value } of parametersBelow(clients, folder, { recursive: false })) {
    const parsed = schema.safeParse(jsonOrNull(value));
    if (parsed.success) found.set(name, parsed.data);
  }
  return found;
}

/** Where the images of services go, by service; those that are not named stay on this machine. */
export function repositoriesIn(
  said: Iterable<readonly [service: string, repository: string | null]>,
): ReadonlyMap<string, Repository> {
  return new Map(
    [...said].flatMap(([service, text]) => {
      if (text === null) return [];
      const repository = parseRepository(text);
      if (repository === null) throw new Error(`${service} is to go to ${text}, which is no repository`);
      return [[service, repository] as const];
    }),
  );
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
