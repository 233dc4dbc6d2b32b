import { z } from '../../app/schema/zod.ts';
import type { Environment } from '../../app/environment.ts';
import type { Clients } from '../clients.ts';
import { parametersBelow, putParameter, removeParameter } from '../parameters.ts';

/**
 * What the platform of an environment was before a deployment changed it: what users, gates and running tasks go by. It is
 * kept by the engine from before the first change until the platform has followed the release, or was given back; so
 * whoever comes after a deployer that died can do either.
 */
export type RestorePoint = z.infer<typeof schema>;

const values = z.object({ Values: z.array(z.string()).optional() }).optional();
const condition = z.object({
  Field: z.string().optional(),
  HostHeaderConfig: values,
  PathPatternConfig: values,
  HttpRequestMethodConfig: values,
  SourceIpConfig: values,
  HttpHeaderConfig: z
    .object({ HttpHeaderName: z.string().optional(), Values: z.array(z.string()).optional() })
    .optional(),
  QueryStringConfig: z
    .object({
      Values: z.array(z.object({ Key: z.string().optional(), Value: z.string().optional() })).optional(),
    })
    .optional(),
});

const metric = z.object({
  Namespace: z.string().optional(),
  MetricName: z.string().optional(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.string() })).optional(),
});
const alarm = z.object({
  AlarmName: z.string(),
  Metrics: z.array(
    z.object({
      Id: z.string(),
      Expression: z.string().optional(),
      Label: z.string().optional(),
      ReturnData: z.boolean().optional(),
      MetricStat: z.object({ Metric: metric, Period: z.number(), Stat: z.string() }).optional(),
    }),
  ),
  ComparisonOperator: z.enum(['GreaterThanThreshold', 'LessThanThreshold']),
  Threshold: z.number(),
  EvaluationPeriods: z.number(),
  TreatMissingData: z.string().optional(),
});

const check = z.object({
  HealthCheckPath: z.string().optional(),
  HealthCheckIntervalSeconds: z.number().optional(),
  HealthCheckTimeoutSeconds: z.number().optional(),
  HealthyThresholdCount: z.number().optional(),
  UnhealthyThresholdCount: z.number().optional(),
});

const gracePeriod = z.object({ cluster: z.string(), service: z.string(), seconds: z.number() });
export type GracePeriod = z.infer<typeof gracePeriod>;

const schema = z.object({
  /** The description that the platform was changed for last, by its fingerprint. */
  wanted: z.string(),
  /** By service, as they were kept. */
  handovers: z.record(z.string(), z.string()),
  rules: z.array(z.object({ arn: z.string(), priority: z.number(), conditions: z.array(condition) })),
  groups: z.array(z.object({ arn: z.string(), drain: z.string(), check })),
  alarms: z.array(alarm),
  grace: z.array(gracePeriod),
});

/** Of what the engine tells, what is restored. An alarm of another kind than ours is nobody's to restore. */
export const parseCheck = (told: unknown): RestorePoint['groups'][number]['check'] => check.parse(told);
export const parseAlarm = (told: unknown): RestorePoint['alarms'][number] | null =>
  alarm.safeParse(told).data ?? null;
export const parseConditions = (told: unknown): RestorePoint['rules'][number]['conditions'] =>
  z.array(condition).parse(told);

type Named = Pick<Environment, 'app' | 'name'>;

export async function readRestorePoint(clients: Clients, environment: Named): Promise<RestorePoint | null> {
  const parts = new Map<string, string>();
  for await (const { name, value } of parametersBelow(clients, folderOf(environment), { recursive: false }))
    parts.set(name, value);
  const [count, first] = split(parts.get('0'));
  if (first === null) return null;
  const rest = Array.from({ length: count - 1 }, (_, index) => parts.get(String(index + 1)) ?? '');
  return schema.parse(JSON.parse([first, ...rest].join('')));
}

/** In parts, since a parameter holds 4 KB; the first, without which there is none, comes last. */
export async function writeRestorePoint(
  clients: Clients,
  environment: Named,
  point: RestorePoint,
): Promise<void> {
  const parts = ascii(JSON.stringify(point)).match(/.{1,4000}/g) ?? [];
  for (const [index, part] of [...parts.entries()].toReversed())
    await putParameter(
      clients,
      `${folderOf(environment)}/${index}`,
      index === 0 ? `${parts.length} ${part}` : part,
      'String',
    );
}

/** May be repeated. */
export async function forgetRestorePoint(clients: Clients, environment: Named): Promise<void> {
  const names = ['0'];
  for await (const { name } of parametersBelow(clients, folderOf(environment), { recursive: false }))
    names.push(name);
  for (const name of new Set(names)) await removeParameter(clients, `${folderOf(environment)}/${name}`);
}

function folderOf({ app, name }: Named): string {
  return `/fairway/${app}/${name}/platform/restore-point`;
}

function split(part = ''): readonly [number, string | null] {
  const space = part.indexOf(' ');
  return space < 0 ? [0, null] : [Number(part.slice(0, space)), part.slice(space + 1)];
}

/** A character for a byte, so that parts of it are as long as they may be. */
function ascii(json: string): string {
  return json.replaceAll(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
