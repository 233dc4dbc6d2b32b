import type { ContainerDefinition, ContainerDependency } from '@aws-sdk/client-ecs';
import type { ContainerRow } from '../model/ecs.ts';

/** What to do next on a task's way up. */
export type NextStart =
  | { readonly kind: 'start'; readonly container: ContainerRow }
  /** What the container depends on can never come true any more. */
  | { readonly kind: 'impossible'; readonly container: ContainerRow; readonly reason: string }
  | { readonly kind: 'wait' };

/** Containers start in their order, each once what it depends on has come true. */
export function nextStart(
  containers: readonly ContainerRow[],
  definitions: readonly ContainerDefinition[],
  /** Whether a container has used up its `startTimeout`. */
  isLate: (container: ContainerRow, definition: ContainerDefinition) => boolean,
): NextStart {
  for (const container of containers) {
    if (container.lastStatus !== 'PENDING') continue;
    const states = dependenciesOf(container, definitions).map((dependency) => {
      const other = containers.find(({ name }) => name === dependency.containerName);
      const definition = definitions.find(({ name }) => name === dependency.containerName);
      if (other === undefined || definition === undefined) return 'met';
      const state = stateOf(dependency, other);
      if (state === 'never' || (state === 'open' && isLate(other, definition)))
        return impossible(container, other, state);
      return state;
    });
    const problem = states.find((state) => typeof state === 'object');
    if (problem !== undefined) return problem;
    if (states.every((state) => state === 'met')) return { kind: 'start', container };
  }
  return { kind: 'wait' };
}

/** Of the containers that run, those that no other running one depends on: they stop first, all at once. */
export function nextStops(
  containers: readonly ContainerRow[],
  definitions: readonly ContainerDefinition[],
): readonly ContainerRow[] {
  const running = containers.filter(({ lastStatus }) => lastStatus === 'RUNNING');
  const needed = new Set(
    running.flatMap((container) =>
      dependenciesOf(container, definitions).map(({ containerName }) => containerName),
    ),
  );
  return running.filter(({ name }) => !needed.has(name));
}

function dependenciesOf(
  { name }: ContainerRow,
  definitions: readonly ContainerDefinition[],
): readonly ContainerDependency[] {
  return definitions.find((definition) => definition.name === name)?.dependsOn ?? [];
}

function stateOf({ condition }: ContainerDependency, other: ContainerRow): 'met' | 'open' | 'never' {
  const stopped = other.lastStatus === 'STOPPED';
  switch (condition) {
    case 'COMPLETE':
      return !stopped ? 'open' : other.exitCode === null ? 'never' : 'met';
    case 'SUCCESS':
      return !stopped ? 'open' : other.exitCode === 0 ? 'met' : 'never';
    case 'HEALTHY':
      // Asked at the start only: what was healthy and has ended since is as good as never.
      return stopped ? 'never' : other.healthStatus === 'HEALTHY' ? 'met' : 'open';
    case 'START':
    case undefined:
      return other.lastStatus === 'PENDING' ? 'open' : 'met';
  }
}

/** The words of the ECS agent. */
function impossible(
  container: ContainerRow,
  other: ContainerRow,
  state: 'never' | 'open',
): Extract<NextStart, { kind: 'impossible' }> {
  const graph = 'CannotStartContainerError: dependency graph:';
  const exit = other.exitCode === null ? '' : ` - Exit: ${other.exitCode}`;
  const reason =
    state === 'open'
      ? `${graph} container ordering dependency [${other.name}] for target [${container.name}] has timed out.`
      : `${graph} failed to resolve container ordering dependency [${other.name} (${other.lastStatus}->RUNNING)${exit}] for target [${container.name} (NONE->RUNNING)]`;
  return { kind: 'impossible', container, reason };
}
