import type { ContainerDefinition } from '@aws-sdk/client-ecs';

/** The names of containers that depend on each other in a circle; null when there is none. */
export function circularDependency(definitions: readonly ContainerDefinition[]): readonly string[] | null {
  let left = definitions;
  for (;;) {
    const names = new Set(left.map(({ name }) => name));
    const blocked = left.filter(({ dependsOn = [] }) =>
      dependsOn.some(({ containerName }) => names.has(containerName)),
    );
    if (blocked.length === 0) return null;
    if (blocked.length === left.length) return blocked.map(({ name = '' }) => name);
    left = blocked;
  }
}
