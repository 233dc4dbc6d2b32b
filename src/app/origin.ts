import type { Origin } from './app.ts';
import { depthOf, type Path, valueAt } from './path.ts';

/** `described` is false for `local` where nobody wrote it down: then everything was said by the app. */
export function originOf(name: string, app: unknown, environment: unknown, described: boolean): Origin {
  const saysItself = (path: Path) => described && valueAt(environment, path) !== undefined;
  const isSaid = (path: Path) => saysItself(path) || valueAt(app, path) !== undefined;
  const locate = (path: Path): Path => {
    if (!described) return path;
    if (saysItself(path)) return ['environments', name, ...path];
    return depthOf(app, path) > depthOf(environment, path) ? path : ['environments', name, ...path];
  };
  return { saysItself, isSaid, locate };
}
