import type {
  CreateListenerInput,
  DeleteListenerInput,
  DescribeListenerAttributesInput,
  DescribeListenersInput,
  Listener,
  ModifyListenerAttributesInput,
  ModifyListenerInput,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { ApiError } from '../api/operations.ts';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { listenerArn, ruleArn } from '../model/arn.ts';
import type { ListenerRow, RuleRow } from '../model/elb.ts';
import { durable } from '../operation.ts';
import { checkedActions } from './actions.ts';
import { changedAttributes, currentAttributes, listedAttributes, listenerAttributes } from './attributes.ts';
import { invalidConfiguration, listenerNotFound, loadBalancerNotFound, validationError } from './failures.ts';
import { pageOf } from './paging.ts';
import { storeTags } from './tags.ts';

/** A port that another program holds is refused here, by number, rather than found out when the balancer binds it. */
export async function createListener(core: Core, input: CreateListenerInput, context: RequestContext) {
  const port = checkedPort(input.Port);
  checkListener(core, input, port);
  await checkFree(core, port);
  return durable(core, () => {
    checkListener(core, input, port);
    const loadBalancer = core.tables.loadBalancers.get(input.LoadBalancerArn ?? '');
    if (loadBalancer === undefined) throw loadBalancerNotFound(input.LoadBalancerArn ?? '');
    const arn = listenerArn(loadBalancer.arn, core.ids.resource());
    const row: ListenerRow = {
      arn,
      loadBalancerArn: loadBalancer.arn,
      port,
      protocol: 'HTTP',
      createdAt: context.now,
    };
    const rule: RuleRow = {
      arn: ruleArn(arn, core.ids.resource()),
      listenerArn: arn,
      priority: 'default',
      conditions: [],
      actions: checkedActions(core, input.DefaultActions),
    };
    core.tables.listeners.put(arn, row);
    core.tables.rules.put(rule.arn, rule);
    storeTags(core, arn, input.Tags);
    return { Listeners: [view(core, row)] };
  });
}

export function describeListeners(core: Core, input: DescribeListenersInput) {
  const arns = input.ListenerArns ?? [];
  let rows: readonly ListenerRow[];
  if (input.LoadBalancerArn !== undefined && arns.length > 0)
    throw validationError('Listener ARNs and a load balancer ARN cannot be specified at the same time');
  if (input.LoadBalancerArn !== undefined) {
    if (core.tables.loadBalancers.get(input.LoadBalancerArn) === undefined)
      throw loadBalancerNotFound(input.LoadBalancerArn);
    rows = core.tables.listeners.in(input.LoadBalancerArn);
  } else if (arns.length === 0)
    throw validationError('You must specify either listener ARNs or a load balancer ARN');
  else rows = arns.map((arn) => existing(core, arn));
  const { items, nextMarker } = pageOf(rows, input);
  return { Listeners: items.map((row) => view(core, row)), NextMarker: nextMarker };
}

export async function modifyListener(core: Core, input: ModifyListenerInput) {
  const before = existing(core, input.ListenerArn ?? '');
  const port = input.Port === undefined ? before.port : checkedPort(input.Port);
  checkProtocol(input.Protocol);
  if (port !== before.port) await checkFree(core, port);
  return durable(core, () => {
    const row: ListenerRow = { ...existing(core, before.arn), port };
    checkUnique(core, row.loadBalancerArn, port, row.arn);
    core.tables.listeners.put(row.arn, row);
    const rule = defaultRule(core, row);
    if (rule !== undefined && input.DefaultActions !== undefined) {
      core.tables.rules.put(rule.arn, { ...rule, actions: checkedActions(core, input.DefaultActions) });
    }
    return { Listeners: [view(core, row)] };
  });
}

export function describeListenerAttributes(core: Core, input: DescribeListenerAttributesInput) {
  const { attributes } = existing(core, input.ListenerArn ?? '');
  return { Attributes: listedAttributes(currentAttributes(listenerAttributes, attributes)) };
}

export function modifyListenerAttributes(core: Core, input: ModifyListenerAttributesInput) {
  const row = existing(core, input.ListenerArn ?? '');
  const attributes = changedAttributes(listenerAttributes, row.attributes ?? {}, input.Attributes);
  core.tables.listeners.put(row.arn, { ...row, attributes });
  return { Attributes: listedAttributes(currentAttributes(listenerAttributes, attributes)) };
}

export function deleteListener(core: Core, input: DeleteListenerInput) {
  removeListener(core, existing(core, input.ListenerArn ?? '').arn);
  return {};
}

export function removeListener(core: Core, arn: string): void {
  for (const rule of core.tables.rules.in(arn)) {
    core.tables.rules.delete(rule.arn);
    core.tables.tags.delete(rule.arn);
  }
  core.tables.listeners.delete(arn);
  core.tables.tags.delete(arn);
}

export const defaultRule = (core: Core, listener: ListenerRow): RuleRow | undefined =>
  core.tables.rules.in(listener.arn).find((rule) => rule.priority === 'default');

function existing(core: Core, arn: string): ListenerRow {
  const row = core.tables.listeners.get(arn);
  if (row === undefined) throw listenerNotFound(arn);
  return row;
}

function checkListener(core: Core, input: CreateListenerInput, port: number): void {
  const arn = input.LoadBalancerArn ?? '';
  if (core.tables.loadBalancers.get(arn) === undefined) throw loadBalancerNotFound(arn);
  checkProtocol(input.Protocol);
  checkUnique(core, arn, port, null);
  checkedActions(core, input.DefaultActions);
}

function checkedPort(port: number | undefined): number {
  if (port === undefined || !Number.isInteger(port) || port < 1 || port > 65_535)
    throw validationError('A listener port between 1 and 65535 must be specified');
  return port;
}

function checkProtocol(protocol: string | undefined): void {
  if (protocol !== undefined && protocol !== 'HTTP') {
    throw new ApiError(
      'UnsupportedProtocolException',
      `This engine's load balancers speak HTTP, not '${protocol}'`,
    );
  }
}

function checkUnique(core: Core, loadBalancerArn: string, port: number, except: string | null): void {
  for (const other of core.tables.listeners.all()) {
    if (other.port !== port || other.arn === except) continue;
    if (other.loadBalancerArn === loadBalancerArn) {
      throw new ApiError(
        'DuplicateListenerException',
        'A listener already exists on this port for this load balancer',
      );
    }
    const name = core.tables.loadBalancers.get(other.loadBalancerArn)?.name ?? other.loadBalancerArn;
    throw invalidConfiguration(
      `Port ${port} is in use on this machine: the load balancer '${name}' listens on it`,
    );
  }
}

async function checkFree(core: Core, port: number): Promise<void> {
  const problem = await core.traffic.portProblem(port);
  if (problem !== null) throw invalidConfiguration(`Port ${port} is in use on this machine: ${problem}`);
}

function view(core: Core, row: ListenerRow): Listener {
  return {
    ListenerArn: row.arn,
    LoadBalancerArn: row.loadBalancerArn,
    Port: row.port,
    Protocol: row.protocol,
    DefaultActions: [...(defaultRule(core, row)?.actions ?? [])],
  };
}
