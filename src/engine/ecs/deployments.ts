import type {
  ContinueServiceDeploymentRequest,
  DescribeServiceDeploymentsRequest,
  DescribeServiceRevisionsRequest,
  ListServiceDeploymentsRequest,
  ServiceDeployment,
  ServiceRevision,
  StopServiceDeploymentRequest,
} from '@aws-sdk/client-ecs';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import type { Request } from '../deployments/machine.ts';
import type { ServiceDeploymentRow } from '../model/ecs.ts';
import { page } from '../paging.ts';
import { briefView, deploymentView, revisionView, statusOf } from './deployment-view.ts';
import { clientException, conflict, deploymentNotFound, invalidToken } from './failures.ts';
import { pageSize, refuseMoreThan } from './limits.ts';
import { existingService } from './names.ts';
import { isOpen } from './rollout.ts';

export function listServiceDeployments(core: Core, input: ListServiceDeploymentsRequest) {
  const service = existingService(core, input.cluster, input.service ?? '');
  const { after, before } = input.createdAt ?? {};
  const size = pageSize(input.maxResults, 20);
  const rows = core.tables.serviceDeployments
    .in(service.arn)
    .filter(
      (row) =>
        input.status === undefined || input.status.length === 0 || input.status.includes(statusOf(row)),
    )
    .filter((row) => after === undefined || row.createdAt > after.getTime())
    .filter((row) => before === undefined || row.createdAt < before.getTime())
    .toReversed();
  const { items, nextToken } = page(rows, input.nextToken, size, invalidToken);
  return { serviceDeployments: items.map(briefView), nextToken };
}

export function describeServiceDeployments(core: Core, input: DescribeServiceDeploymentsRequest) {
  const serviceDeployments: ServiceDeployment[] = [];
  const failures: { arn: string; reason: string }[] = [];
  const arns = input.serviceDeploymentArns ?? [];
  refuseMoreThan(20, arns, 'serviceDeploymentArns');
  for (const arn of arns) {
    const row = core.tables.serviceDeployments.get(arn);
    if (row === undefined) failures.push({ arn, reason: 'MISSING' });
    else serviceDeployments.push(deploymentView(core, row));
  }
  return { serviceDeployments, failures };
}

export function describeServiceRevisions(core: Core, input: DescribeServiceRevisionsRequest) {
  const serviceRevisions: ServiceRevision[] = [];
  const failures: { arn: string; reason: string }[] = [];
  const arns = input.serviceRevisionArns ?? [];
  refuseMoreThan(20, arns, 'serviceRevisionArns');
  for (const arn of arns) {
    const row = core.tables.serviceRevisions.get(arn);
    if (row === undefined) failures.push({ arn, reason: 'MISSING' });
    else serviceRevisions.push(revisionView(core, row));
  }
  return { serviceRevisions, failures };
}

/** The same answer twice is accepted twice: a client that heard no answer may repeat itself. */
export function continueServiceDeployment(
  core: Core,
  input: ContinueServiceDeploymentRequest,
  context: RequestContext,
) {
  const row = found(core, input.serviceDeploymentArn);
  const action = input.action ?? 'CONTINUE';
  const hook = row.state?.hook ?? null;
  const hookId = input.hookId ?? '';
  if (!isOpen(row) || statusOf(row) !== 'IN_PROGRESS') {
    throw clientException(`The service deployment ${row.arn} is not in progress.`);
  }
  if (hook === null || hook.hookId !== hookId) {
    throw clientException(
      `The lifecycle hook ${hookId} of the service deployment ${row.arn} is not awaiting an action.`,
    );
  }
  const given =
    hook.answer?.action ??
    row.requests.find((request) => request.kind === 'continue' && request.hookId === hookId);
  const before = typeof given === 'object' && given.kind === 'continue' ? given.action : given;
  if (before !== undefined && before !== action) {
    throw clientException(
      `The lifecycle hook ${hookId} of the service deployment ${row.arn} has been answered already.`,
    );
  }
  if (before === undefined) ask(core, row, { kind: 'continue', hookId, action }, context.now);
  return { serviceDeploymentArn: row.arn };
}

export function stopServiceDeployment(
  core: Core,
  input: StopServiceDeploymentRequest,
  context: RequestContext,
) {
  const row = found(core, input.serviceDeploymentArn);
  const how = input.stopType ?? 'ROLLBACK';
  const status = statusOf(row);
  if (status !== 'IN_PROGRESS' && status !== 'PENDING') {
    throw conflict(`The service deployment ${row.arn} cannot be stopped because its status is ${status}.`);
  }
  if (row.state === null)
    core.tables.serviceDeployments.put(row.arn, { ...row, superseded: true, updatedAt: context.now });
  else if (!row.requests.some((request) => request.kind === 'stop'))
    ask(core, row, { kind: 'stop', how }, context.now);
  return { serviceDeploymentArn: row.arn };
}

function ask(core: Core, row: ServiceDeploymentRow, request: Request, now: number): void {
  core.tables.serviceDeployments.put(row.arn, {
    ...row,
    requests: [...row.requests, request],
    updatedAt: now,
  });
}

function found(core: Core, arn: string | undefined): ServiceDeploymentRow {
  const row = core.tables.serviceDeployments.get(arn ?? '');
  if (row === undefined) throw deploymentNotFound(arn ?? '');
  return row;
}
