import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where Fairway keeps what it keeps on this machine: `FAIRWAY_HOME`, or `.fairway` in the home folder. */
export interface Home {
  readonly engine: string;
  readonly images: string;
  readonly builds: string;
  /** Where Node keeps the compiled command line. */
  readonly compiled: string;
  /** The journal and lease of one environment. */
  journal(app: string, environment: string): string;
}

export function homeOf(env: NodeJS.ProcessEnv): Home {
  const said = env['FAIRWAY_HOME'] ?? '';
  // Absolute, because the engine is started in another folder.
  const root = said === '' ? join(homedir(), '.fairway') : resolve(said);
  return {
    engine: join(root, 'engine'),
    images: join(root, 'images'),
    builds: join(root, 'builds'),
    compiled: join(root, 'compiled'),
    journal: (app, environment) => join(root, 'journal', app, environment),
  };
}
