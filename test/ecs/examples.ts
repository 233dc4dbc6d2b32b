import { checkDescription } from '../../src/app/check.ts';
import type { Environment } from '../../src/app/environment.ts';
import { resolve } from '../../src/app/resolve.ts';
import { isTaskService, type TaskService } from '../../src/ecs/task-definition.ts';
import credexCore from '../../examples/credex-core/fairway.config.ts';
import interactionManagement from '../../examples/interaction-management/fairway.config.ts';
import ocLettings from '../../examples/oc-lettings/fairway.config.ts';
import propflow from '../../examples/propflow/fairway.config.ts';
import theobroma from '../../examples/theobroma-geo-api/fairway.config.ts';

const descriptions = [ocLettings, credexCore, interactionManagement, theobroma, propflow];

/** Every environment of every example. */
export const environments: readonly Environment[] = descriptions.flatMap((description) => {
  const result = checkDescription(description, '/app');
  if (!result.ok) throw new Error(result.problems.map(({ what }) => what).join('\n'));
  return result.app.environments.map((name) => resolve(result.app, name));
});

export function tasksOf({ services }: Environment): readonly TaskService[] {
  return services.filter(isTaskService);
}
