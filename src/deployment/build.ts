import type { Cause } from '../journal/cause.ts';
import { Refusal, type Problem } from '../refusal.ts';
import type { BuiltImage, Image } from '../release/build.ts';
import { BuildFailed } from '../release/build-run.ts';
import { build, buildWords, push, type Building, type Target } from '../release/building.ts';
import { repositoryName } from '../repository/repository.ts';
import type { Tools } from './context.ts';
import { strike, strikeLines } from './gates/redaction.ts';
import type { DeploymentPlan } from './plan.ts';
import { buildingOf, type Survey } from './survey.ts';

export interface Built {
  /** Image reference by service, for all services whose revision changes. */
  readonly images: Readonly<Record<string, string>>;
  /** The services that were really built; the others' images existed. */
  readonly built: readonly string[];
  /** The services whose images the registry did not have. */
  readonly pushed: readonly string[];
}

/**
 * Builds what has changed, side by side, and pushes each image as soon as it is built where it goes to a registry. What did
 * not change is not built, and what is there is not pushed.
 */
export async function buildAll(
  plan: DeploymentPlan,
  job: Survey,
  tools: Tools,
): Promise<Built | { readonly failed: Cause }> {
  const images: Record<string, string> = {};
  const built: string[] = [];
  const pushed: string[] = [];
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
      const { source, image: local } = image.kind === 'unpushed' ? image : await buildNew(name, building);
      const target = building.kind === 'docker' ? building.target : null;
      images[name] = target === null ? local.reference : await pushNew(name, target, local, source);
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
  if (!failure) return { images, built, pushed };
  if (failure.reason instanceof BuildFailed) return { failed: causeOf(failure.reason, tools.secrets) };
  throw failure.reason instanceof Refusal ? withoutSecrets(failure.reason, tools.secrets) : failure.reason;

  async function buildNew(name: string, building: Building) {
    tools.report({ kind: 'step', step: 'build', detail: `${name}: ${buildWords(building)}` });
    const image = await build(building, tools.interrupted);
    finished.push({ name, image });
    built.push(name);
    return { source: image.source, image };
  }

  async function pushNew(name: string, target: Target, image: Image, source: string): Promise<string> {
    const to = repositoryName(target.repository);
    tools.report({ kind: 'step', step: 'push', detail: `${name} → ${to}` });
    const reference = await push(target, image, source, tools.interrupted);
    pushed.push(name);
    return reference;
  }
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
