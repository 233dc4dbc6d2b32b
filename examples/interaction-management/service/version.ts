import manifest from '../package.json' with { type: 'json' };

/** The release names itself by APP_VERSION; without it, by the version it was built from. */
export function appVersion(env: NodeJS.ProcessEnv): string {
  return env['APP_VERSION'] || manifest.version;
}
