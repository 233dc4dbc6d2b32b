import type {
  DeleteDashboardsInput,
  GetDashboardInput,
  ListDashboardsInput,
  PutDashboardInput,
} from '@aws-sdk/client-cloudwatch';
import { ApiError } from '../api/operations.ts';
import type { RequestContext } from '../api/operations.ts';
import type { Core } from '../core.ts';
import { page } from '../paging.ts';
import { invalidToken, invalidValue } from './failures.ts';

const pageSize = 100;

/** Kept as they are; nothing draws them here. */
export function putDashboard(core: Core, input: PutDashboardInput, context: RequestContext) {
  const [name, body] = [input.DashboardName ?? '', input.DashboardBody ?? ''];
  if (!/^[\w-]{1,255}$/.test(name))
    throw invalidValue(`The value ${name} for field DashboardName contains invalid characters.`);
  const problem = problemOf(body);
  if (problem !== null)
    throw new ApiError('DashboardInvalidInputError', 'The dashboard body is invalid.', {
      fields: { dashboardValidationMessages: [{ DataPath: '', Message: problem }] },
    });
  core.tables.dashboards.put(name, {
    name,
    arn: `arn:aws:cloudwatch::${core.account.accountId}:dashboard/${name}`,
    body,
    modifiedAt: context.now,
  });
  return { DashboardValidationMessages: [] };
}

function problemOf(body: string): string | null {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && 'widgets' in parsed && Array.isArray(parsed.widgets))
      return null;
    return 'The field widgets is required and must be an array';
  } catch {
    return 'The field DashboardBody must be a valid JSON object';
  }
}

export function getDashboard(core: Core, input: GetDashboardInput) {
  const row = core.tables.dashboards.get(input.DashboardName ?? '');
  if (row === undefined) throw notFound([input.DashboardName ?? '']);
  return { DashboardArn: row.arn, DashboardBody: row.body, DashboardName: row.name };
}

export function listDashboards(core: Core, input: ListDashboardsInput) {
  const rows = [...core.tables.dashboards.all()]
    .filter((row) => row.name.startsWith(input.DashboardNamePrefix ?? ''))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const { items, nextToken } = page(rows, input.NextToken, pageSize, invalidToken);
  return {
    DashboardEntries: items.map((row) => ({
      DashboardName: row.name,
      DashboardArn: row.arn,
      LastModified: new Date(row.modifiedAt),
      Size: Buffer.byteLength(row.body),
    })),
    NextToken: nextToken,
  };
}

/** All of them, or none where one is not there. */
export function deleteDashboards(core: Core, input: DeleteDashboardsInput) {
  const names = input.DashboardNames ?? [];
  const missing = names.filter((name) => core.tables.dashboards.get(name) === undefined);
  if (missing.length > 0) throw notFound(missing);
  for (const name of names) core.tables.dashboards.delete(name);
  return {};
}

const notFound = (names: readonly string[]): ApiError =>
  new ApiError('DashboardNotFoundError', `Dashboard ${names.join(', ')} does not exist`, { status: 404 });
