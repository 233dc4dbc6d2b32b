import { object } from './object.ts';
import { template } from './scalar.ts';
import { z } from './zod.ts';

export const build = object({
  context: z.string().optional().meta({
    description: 'Folder it is built in, below the folder of fairway.config.ts.',
    byDefault: 'that folder',
    example: 'backend',
  }),
  command: z.string().min(1).optional().meta({
    description: 'Builds what runs without Docker; a shell runs it in `context`.',
    byDefault: 'nothing to build',
    example: 'npm run build',
  }),
  include: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .meta({
      description:
        'Globs below `context` of what belongs to the image when it is built without Docker. `.env`, `.git` and `.fairway` are left out, unless a glob names them.',
      byDefault: '`["**"]`, everything but these',
      example: ['dist/**'],
    }),
  sources: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .meta({
      description:
        'Globs below `context` of what decides whether it must be built again. `node_modules`, `.env`, `.git`, `.fairway` and other hidden files are left out, unless a glob names them.',
      byDefault: '`["**"]`, everything but these',
      example: ['src/**', 'package.json'],
    }),
  dockerfile: z.string().min(1).optional().meta({
    description:
      'Builds the image for Amazon ECS, and for the embedded engine where neither `command` nor `include` is said: then Docker has to be there.',
    byDefault: '`Dockerfile`',
    example: 'docker/backend/Dockerfile',
  }),
}).meta({
  id: 'BuildDescription',
  description:
    'How a service is built: by its own command for the embedded engine, by its Dockerfile for Amazon ECS, and for the embedded engine where nothing but a Dockerfile is named.',
});

const repository = template('app', 'environment', 'service');

export const images = object({
  tag: template('app', 'environment', 'service', 'version', 'commit', 'branch').optional().meta({
    description: 'The tag of a new image.',
    byDefault: '`{commit}`',
    example: '{version}-{environment}-{commit}',
  }),
  ecr: repository.optional().meta({
    description: "Push to this Amazon ECR repository of the environment's account and region.",
    byDefault: '`{app}/{service}`, where no registry is named',
    example: 'shop/api',
  }),
  dockerHub: repository.optional().meta({
    description: 'Push to this Docker Hub repository.',
    byDefault: 'not pushed there',
    example: 'acme/shop-api',
  }),
  ghcr: repository.optional().meta({
    description: 'Push to this repository of the GitHub container registry.',
    byDefault: 'not pushed there',
    example: 'acme/shop-api',
  }),
  keepLast: z.int().min(1).optional().meta({
    description: 'Older images are removed by a lifecycle policy.',
    byDefault: 'all are kept',
    example: 30,
  }),
  keepLocal: z
    .boolean()
    .default(true)
    .meta({ description: 'The image also stays, tagged, with the local Docker.' }),
  scan: z.boolean().default(true).meta({ description: 'Images are scanned for known vulnerabilities.' }),
}).meta({
  id: 'ImagesDescription',
  description: 'How images are tagged and which registries they are pushed to; several at once is fine.',
});
