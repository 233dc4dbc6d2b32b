import type { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { Refusal, type Problem } from '../../refusal.ts';
import type { Clients } from '../clients.ts';
import type { Bootstrap } from './job.ts';
import { balancerName } from './names.ts';
import { portProblem } from './port.ts';

const roles = ['production', 'test'] as const;
type Role = (typeof roles)[number];

/** A listener is known by its role, and not by its port: it moves with its port, and keeps its rules. */
const roleTag = 'fairway:listener';

interface Listener {
  readonly arn: string;
  readonly port: number;
  readonly role: Role | null;
}

/** Refuses the ports that something else listens on, both at once and before anything is made. */
export async function refuseTakenPorts(clients: Clients, job: Bootstrap): Promise<void> {
  const owners = await portOwners(await clients.elb());
  const problems: Problem[] = [];
  for (const role of roles) {
    const port = job.ports[role];
    const why = await whyTaken(port, owners.get(port), balancerName(job.environment));
    if (why !== null) problems.push(portTaken(port, why));
  }
  const [first, ...rest] = problems;
  if (first) throw new Refusal([first, ...rest]);
}

async function whyTaken(port: number, owner: string | undefined, own: string): Promise<string | null> {
  if (owner === undefined) return portProblem(port);
  return owner === own ? null : `the load balancer ${owner} of this engine listens on it`;
}

/** The load balancers of the engine, by the ports they are to listen on. */
async function portOwners(elb: ElasticLoadBalancingV2Client): Promise<ReadonlyMap<number, string>> {
  const { paginateDescribeLoadBalancers } = await import('@aws-sdk/client-elastic-load-balancing-v2');
  const owners = new Map<number, string>();
  for await (const { LoadBalancers } of paginateDescribeLoadBalancers({ client: elb }, {}))
    for (const { LoadBalancerArn: balancer = '', LoadBalancerName: name = '' } of LoadBalancers ?? [])
      for (const { port } of await listenersOf(elb, balancer)) owners.set(port, name);
  return owners;
}

export type Listeners = Readonly<Record<Role, { readonly arn: string; readonly port: number }>>;

/**
 * The production and the test listener of a load balancer, made on the ports that are described. One that is there on
 * another stays on it until it is to `move`.
 */
export async function ensureListeners(
  elb: ElasticLoadBalancingV2Client,
  balancer: string,
  { ports, freePort }: Bootstrap,
  move: boolean,
): Promise<Listeners> {
  const known = await listenersOf(elb, balancer);
  return { production: await ensure('production'), test: await ensure('test') };

  async function ensure(role: Role): Promise<Listeners[Role]> {
    const found = known.find((listener) => listener.role === role);
    if (found && !move) return found;
    return { arn: await onItsPort(role), port: ports[role] };
  }

  async function onItsPort(role: Role): Promise<string> {
    const port = ports[role];
    const own = known.find((listener) => listener.role === role);
    if (own?.port === port) return own.arn;
    // The two may change places: the other one waits elsewhere until it is its turn.
    const other = known.find((listener) => listener.port === port);
    if (other) await moveTo(other, await freePort());
    try {
      return own ? await moveTo(own, port) : await create(elb, balancer, role, port);
    } catch (error) {
      if (!(error instanceof Error) || !isTaken(error)) throw error;
      throw new Refusal(portTaken(port, error.message), { cause: error });
    }
  }

  async function moveTo(listener: Listener, port: number): Promise<string> {
    const { ModifyListenerCommand } = await import('@aws-sdk/client-elastic-load-balancing-v2');
    await elb.send(new ModifyListenerCommand({ ListenerArn: listener.arn, Port: port }));
    known.splice(known.indexOf(listener), 1, { ...listener, port });
    return listener.arn;
  }
}

async function create(
  elb: ElasticLoadBalancingV2Client,
  balancer: string,
  role: Role,
  port: number,
): Promise<string> {
  const { CreateListenerCommand } = await import('@aws-sdk/client-elastic-load-balancing-v2');
  const nothingHere = {
    StatusCode: '404',
    ContentType: 'text/plain',
    MessageBody: 'No service answers here.\n',
  };
  const { Listeners } = await elb.send(
    new CreateListenerCommand({
      LoadBalancerArn: balancer,
      Protocol: 'HTTP',
      Port: port,
      DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: nothingHere }],
      Tags: [{ Key: roleTag, Value: role }],
    }),
  );
  const arn = Listeners?.[0]?.ListenerArn;
  if (arn === undefined) throw new Error('the engine made a listener without naming it');
  return arn;
}

export async function listenersOf(elb: ElasticLoadBalancingV2Client, balancer: string): Promise<Listener[]> {
  const { DescribeListenersCommand, DescribeTagsCommand } =
    await import('@aws-sdk/client-elastic-load-balancing-v2');
  const { Listeners } = await elb.send(new DescribeListenersCommand({ LoadBalancerArn: balancer }));
  const found = (Listeners ?? []).flatMap(({ ListenerArn: arn, Port: port }) =>
    arn === undefined || port === undefined ? [] : [{ arn, port }],
  );
  if (found.length === 0) return [];
  const ResourceArns = found.map(({ arn }) => arn);
  const { TagDescriptions } = await elb.send(new DescribeTagsCommand({ ResourceArns }));
  return found.map((listener) => {
    const tags = TagDescriptions?.find(({ ResourceArn }) => ResourceArn === listener.arn)?.Tags;
    const said = tags?.find(({ Key }) => Key === roleTag)?.Value;
    return { ...listener, role: roles.find((role) => role === said) ?? null };
  });
}

function isTaken({ name, message }: Error): boolean {
  return /in use|EADDRINUSE|DuplicateListener|EACCES/i.test(`${name} ${message}`);
}

function portTaken(port: number, why: string): Problem {
  return {
    code: 'port-taken',
    what: `port ${port} on this machine is taken`,
    where: `127.0.0.1:${port}`,
    why,
    next: 'stop what listens there, or set another `port` for the environment in fairway.config.ts',
  };
}
