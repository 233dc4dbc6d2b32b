import type { Cause } from '../journal/cause.ts';
import { Refusal, type Problem } from '../refusal.ts';
import type { BuiltImage } from '../release/build.ts';
import { BuildFailed } from '../release/build-run.ts';
import { build, buildWords } from '../release/building.ts';
import type { Tools } from './context.ts';
import { strike, strikeLines } from './gates/redaction.ts';
import type { DeploymentPlan } from './plan.ts';
import { buildingOf, type Survey } from './survey.ts';

export interface Built {
  /** Image reference by service, for all services whose revision changes. */
  readonly images: Readonly<Record<string, string>>;
  /** The services that were really built; the others' images existed. */
  readonly built: readonly string[];
}

/** Builds what has changed, side by side. What did not change is not built. */
export async function buildAll(
  plan: DeploymentPlan,
  job: Survey,
  tools: Tools,
): Promise<Built | { readonly failed: Cause }> {
  const images: Record<string, string> = {};
  const built: string[] = [];
  const changed = plan.services.flatMap((planned) =>
    planned.change === 'create' || planned.change === 'update' ? [planned] : [],
  );
  const finished: { readonly name: string; readonly image: BuiltImage }[] = [];
  const results = await Promise.allSettled(
    changed.map(async ({ service: name, image }) => {
      if (image.kind === 'built') {
        images[name] = image.reference;
        return;
      }
      const service = job.services.find((one) => one.name === name);
      if (!service) throw new Error(`the plan names a service that is not there: ${name}`);
      const building = buildingOf(job, service);
      tools.report({ kind: 'step', step: 'build', detail: `${name}: ${buildWords(building)}` });
      const result = await build(building, tools.interrupted);
      images[name] = result.reference;
      finished.push({ name, image: result });
      built.push(name);
    }),
  );
  for (const { name, image } of finished)
    if (!(await image.remember()))
      tools.report({
        kind: 'step',
        step: 'build',
        detail: `${name} was edited while it was built; the next deployment builds it again`,
      });
  const failure = results.find((result) => result.status === 'rejected');
  if (!failure) return { images, built };
  if (failure.reason instanceof BuildFailed) return { failed: causeOf(failure.reason, tools.secrets) };
  throw failure.reason instanceof Refusal ? withoutSecrets(failure.reason, tools.secrets) : failure.reason;
}

/** What cannot be built is refused with the words of the shell, which may hold anything. */
function withoutSecrets(refusal: Refusal, secrets: readonly string[]): Refusal {
  const [first, ...others] = refusal.problems;
  return new Refusal([clear(first), ...others.map(clear)], { cause: refusal.cause });

  function clear({ what, where, why, ...rest }: Problem): Problem {
    return {
      ...rest,
      what: strike(what, secrets),
      ...(where === undefined ? {} : { where: strike(where, secrets) }),
      ...(why === undefined ? {} : { why: strike(why, secrets) }),
    };
  }
}

function causeOf(
  { service, command, exitCode, lines, message }: BuildFailed,
  secrets: readonly string[],
): Cause {
  return {
    code: 'build-failed',
    service,
    what: message,
    evidence: [{ kind: 'output', source: command, exitCode, lines: strikeLines(lines, secrets) }],
  };
}
