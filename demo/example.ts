import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The folder of a version of an example, and what to do when it is no longer needed. */
export interface ExampleVersion extends AsyncDisposable {
  readonly root: string;
}

/** Never copied: made anew, or found through the link. */
const left = ['node_modules', 'dist', 'versions', '.fairway'];

/**
 * Version 2 of an example: a temporary copy with the files of `versions/2` laid over it. The work tree stays clean, and
 * modules are found through a link.
 */
export async function overlaidCopy(
  example: string,
  overlay: string,
  modules: string,
): Promise<ExampleVersion> {
  const root = await mkdtemp(join(tmpdir(), 'fairway-example-'));
  const remove = (): Promise<void> => rm(root, { recursive: true, force: true });
  try {
    await cp(example, root, {
      recursive: true,
      filter: (source) => !left.some((name) => source === join(example, name)),
    });
    await cp(join(example, 'versions', overlay), root, { recursive: true });
    await symlink(modules, join(root, 'node_modules'));
  } catch (error) {
    await remove();
    throw error;
  }
  return { root, [Symbol.asyncDispose]: remove };
}
