import { object, tableOf } from './object.ts';
import { percent, port, template, title, variableName } from './scalar.ts';
import { z } from './zod.ts';

const branch = z.string().regex(/^[^\s~^:?[\\]+$/, 'a branch, or a pattern such as "release/**"');

export const deployOn = object({
  branches: z
    .array(branch)
    .default([])
    .meta({ description: 'A push to these branches deploys.', example: ['main', 'release/**'] }),
  tags: z
    .array(branch)
    .default([])
    .meta({ description: 'So do these tags.', example: ['v*'] }),
  after: z.string().optional().meta({
    description: 'Only once this environment has been deployed.',
    byDefault: 'at once',
    example: 'staging',
  }),
  newImage: z.boolean().default(false).meta({ description: 'So does a new image in the registry.' }),
  manual: z.boolean().default(true).meta({ description: 'It can also be started by hand in GitHub.' }),
  workflow: z
    .string()
    .regex(/^[\w.-]+\.ya?ml$/, 'a file name such as "deploy.yml"')
    .optional()
    .meta({
      description: 'File in `.github/workflows`.',
      byDefault: '`deploy-` and the name of the environment',
      example: 'deploy-production.yml',
    }),
}).meta({
  id: 'DeployOnDescription',
  description: 'What starts a deployment of this environment in the pipeline.',
});

const job = object({
  runtime: z.enum(['node', 'python', 'expo']).default('node').meta({ description: 'What is set up.' }),
  version: z
    .string()
    .optional()
    .meta({ description: 'Its version.', byDefault: 'the current long-term one', example: '3.12' }),
  packages: z
    .enum(['npm', 'pnpm', 'yarn', 'pip', 'poetry', 'uv'])
    .optional()
    .meta({ description: 'Package manager.', byDefault: '`npm`, or `pip` for Python' }),
  folder: z.string().optional().meta({
    description: 'Where it runs.',
    byDefault: 'the folder of fairway.config.ts',
    example: 'backend',
  }),
  stores: z
    .array(z.string().meta({ typescript: 'NoInfer<Stores>' }))
    .default([])
    .meta({ description: 'Real ones run beside it.', example: ['db'] }),
  variables: z
    .record(variableName, z.string())
    .optional()
    .meta({ description: 'Environment variables of the steps.', byDefault: 'none' }),
  steps: z.record(title, z.string().min(1)).meta({
    description: 'Shell commands by name, in this order.',
    example: { lint: 'ruff check .', test: 'pytest' },
  }),
  coverage: percent
    .optional()
    .meta({ description: 'Less test coverage fails.', byDefault: 'not checked', example: '80%' }),
  images: z
    .array(z.string().meta({ typescript: 'NoInfer<Services>' }))
    .default([])
    .meta({ description: 'Services whose images are built and scanned.', example: ['api'] }),
}).meta({ id: 'PipelineJobDescription' });

export const pipeline = object({
  workflow: z
    .string()
    .regex(/^[\w.-]+\.ya?ml$/, 'a file name such as "ci.yml"')
    .default('ci.yml')
    .meta({ description: 'File of the checks in `.github/workflows`.' }),
  branches: z
    .array(branch)
    .default(['**'])
    .meta({ description: 'A push to these runs the checks.', example: ['main', 'develop'] }),
  pullRequests: z
    .array(branch)
    .default([])
    .meta({ description: 'So do pull requests into these.', example: ['main'] }),
  jobs: z.record(title, job).optional().meta({ description: 'The checks.', byDefault: 'none' }),
  secrets: z
    .record(
      z.string().regex(/^[A-Z_][A-Z0-9_]*$/, 'a GitHub secret name: capital letters, digits, underscores'),
      z.string(),
    )
    .optional()
    .meta({
      description: 'GitHub secrets the pipeline needs, each with what it is for.',
      byDefault: 'none: Fairway signs in to AWS without one',
      example: { DOCKERHUB_USERNAME: 'Signs in to Docker Hub' },
    }),
  protect: z
    .record(
      branch,
      object({
        reviews: z.int().min(0).max(6).default(1).meta({ description: 'Approving reviews needed.' }),
        checks: z.boolean().default(true).meta({ description: 'The checks must pass.' }),
      }),
    )
    .optional()
    .meta({ description: 'Branch protection.', byDefault: 'none', example: { main: { reviews: 1 } } }),
}).meta({ id: 'PipelineDescription' });

const branchName = template('app', 'environment', 'branch');

export const previews = object({
  from: z.string().meta({ description: 'The environment that each is a copy of.', example: 'staging' }),
  branches: z
    .array(branch)
    .min(1)
    .meta({ description: 'A push to these makes one.', example: ['feature/*'] }),
  name: branchName
    .default('{environment}-{branch}')
    .meta({ description: 'What it is called.', example: 'staging-{branch}' }),
  domain: branchName.optional().meta({
    description: 'Its host name.',
    byDefault: '`name` below the domain of `from`',
    example: 'staging-{branch}.example.dev',
  }),
  comment: z
    .boolean()
    .default(true)
    .meta({ description: 'The pull request gets a comment with the address.' }),
  removeOn: z.enum(['merge', 'close']).default('merge').meta({ description: 'When it goes.' }),
  workflow: z
    .string()
    .regex(/^[\w.-]+\.ya?ml$/, 'a file name such as "preview.yml"')
    .optional()
    .meta({ description: 'File in `.github/workflows`.', byDefault: '`preview.yml`' }),
}).meta({ id: 'PreviewsDescription', description: 'An environment for each branch.' });

export const tools = tableOf(
  [
    'node',
    'npm',
    'pnpm',
    'python',
    'docker',
    'docker-compose',
    'terraform',
    'aws',
    'ecs-cli',
    'git',
    'jq',
    'vscode',
    'k6',
    'eas',
  ],
  z
    .string()
    .regex(/^(\*|\d+(\.\d+){0,2})$/, 'the oldest version that will do, such as "2.40.0", or "*" for any'),
);

export const development = object({
  command: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Runs the app from source.', byDefault: 'none', example: 'npm run dev' }),
  variablesFile: z.string().default('.env').meta({ description: 'Local variables; git ignores it.' }),
  exampleFile: z.string().default('.env.example').meta({ description: 'What it is made from.' }),
  compose: z
    .string()
    .default('docker-compose.yml')
    .meta({ description: 'The compose file that can be written out.' }),
  devContainer: object({
    ports: z
      .array(port)
      .default([])
      .meta({ description: 'Forwarded ports.', example: [3000] }),
    extensions: z.array(z.string()).default([]).meta({ description: 'VS Code extensions.' }),
    command: z
      .string()
      .optional()
      .meta({ description: 'Run once it is made.', byDefault: 'nothing', example: 'npm ci' }),
  })
    .optional()
    .meta({ description: 'For VS Code and GitHub Codespaces.', byDefault: 'none' }),
  links: z
    .record(title, z.url({ error: 'a web address' }))
    .optional()
    .meta({ description: 'Pages to know.', byDefault: 'none' }),
}).meta({ id: 'DevelopmentDescription' });
