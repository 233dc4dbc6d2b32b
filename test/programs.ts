import { fileURLToPath } from 'node:url';

/**
 * The programs as users have them, built by `build.ts` before the first test: from its sources each would take ten times as
 * long to start, and hundreds are started.
 */
const built = (name: string): string => fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url));

export const programs = {
  cli: built('cli'),
  engine: built('engine'),
  balancer: built('balancer'),
  s3: built('s3'),
  relay: built('relay'),
  traffic: built('traffic'),
};
