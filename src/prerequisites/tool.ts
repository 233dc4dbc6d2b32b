import type { CheckedApp } from '../app/schema/settings.ts';

/** A program that people need, by its name in `tools` of the description. */
export type ToolName = Exclude<keyof CheckedApp['tools'], never>;

export interface Tool {
  /** What prints its version: the first of them that there is. */
  readonly asks: readonly (readonly [program: string, ...words: string[]])[];
  /** Where it says how it is installed. */
  readonly page: string;
}

export const tools: Readonly<Record<ToolName, Tool>> = {
  node: { asks: [['node', '--version']], page: 'https://nodejs.org/en/download' },
  npm: {
    asks: [['npm', '--version']],
    page: 'https://docs.npmjs.com/downloading-and-installing-node-js-and-npm',
  },
  pnpm: { asks: [['pnpm', '--version']], page: 'https://pnpm.io/installation' },
  python: {
    asks: [
      ['python3', '--version'],
      ['python', '--version'],
    ],
    page: 'https://www.python.org/downloads/',
  },
  docker: { asks: [['docker', '--version']], page: 'https://docs.docker.com/get-started/get-docker/' },
  'docker-compose': {
    asks: [
      ['docker', 'compose', 'version'],
      ['docker-compose', '--version'],
    ],
    page: 'https://docs.docker.com/compose/install/',
  },
  terraform: {
    asks: [
      ['terraform', 'version'],
      ['tofu', 'version'],
    ],
    page: 'https://developer.hashicorp.com/terraform/install',
  },
  aws: {
    asks: [['aws', '--version']],
    page: 'https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html',
  },
  'ecs-cli': {
    asks: [['ecs-cli', '--version']],
    page: 'https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ECS_CLI_installation.html',
  },
  git: { asks: [['git', '--version']], page: 'https://git-scm.com/downloads' },
  jq: { asks: [['jq', '--version']], page: 'https://jqlang.org/download/' },
  vscode: { asks: [['code', '--version']], page: 'https://code.visualstudio.com/download' },
  k6: { asks: [['k6', 'version']], page: 'https://grafana.com/docs/k6/latest/set-up/install-k6/' },
  eas: { asks: [['eas', '--version']], page: 'https://docs.expo.dev/eas/' },
};
