import { object } from './object.ts';
import { name, region } from './scalar.ts';
import { z } from './zod.ts';

export const names = object({
  cluster: name
    .optional()
    .meta({ description: 'The ECS cluster.', byDefault: '`{app}-{environment}`', example: 'credex-cluster' }),
  loadBalancer: name
    .optional()
    .meta({ description: 'The application load balancer.', byDefault: '`{app}-{environment}`' }),
  executionRole: name.optional().meta({
    description: 'The role that pulls images, writes logs and reads secrets.',
    byDefault: '`{app}-{environment}-execution`',
    example: 'ecsTaskExecutionRole',
  }),
  deployRole: name
    .optional()
    .meta({ description: 'The role the pipeline deploys with.', byDefault: '`{app}-{environment}-deploy`' }),
  hostedZone: name.optional().meta({
    description: 'The Route 53 zone of `domain`.',
    byDefault: 'the last two labels of `domain`',
    example: 'example.com',
  }),
  certificate: name
    .optional()
    .meta({ description: 'ARN of the certificate for `domain`.', byDefault: 'one is made' }),
  vpc: name.optional().meta({ description: 'The name tag of the VPC.', byDefault: '`{app}-{environment}`' }),
}).meta({
  id: 'NamesDescription',
  description:
    'What AWS resources of the environment are called. Every name has a default; set those of an estate that exists already.',
});

const cidr = z.string().regex(/^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/, 'an address range such as "10.0.0.0/16"');

export const network = object({
  cidr: cidr.default('10.0.0.0/16').meta({ description: 'Addresses of the VPC.' }),
  zones: z
    .int()
    .min(2)
    .max(6)
    .default(2)
    .meta({ description: 'Availability zones; each has a public, a private-app and a private-data subnet.' }),
  existing: object({
    vpc: z.string().min(1).meta({ description: 'Id of the VPC.', example: 'vpc-0123456789abcdef0' }),
    publicSubnets: z.array(z.string().min(1)).min(2).meta({ description: 'Subnets of the load balancer.' }),
    appSubnets: z.array(z.string().min(1)).min(1).meta({ description: 'Subnets of the tasks.' }),
    dataSubnets: z.array(z.string().min(1)).default([]).meta({ description: 'Subnets of the stores.' }),
    securityGroups: z
      .array(z.string().min(1))
      .default([])
      .meta({ description: 'Security groups of the tasks.' }),
  })
    .optional()
    .meta({ description: 'Ids of a network that exists already.', byDefault: 'a network is made' }),
}).meta({ id: 'NetworkDescription' });

export const terraform = object({
  folder: z.string().default('terraform').meta({ description: 'Where the files are written.' }),
  stateBucket: name.optional().meta({
    description: 'S3 bucket of the state.',
    byDefault: '`{app}-terraform-state`',
    example: 'propflow-terraform-state',
  }),
  stateKey: name.optional().meta({
    description: 'Its key.',
    byDefault: '`terraform.tfstate`',
    example: 'infrastructure/terraform.tfstate',
  }),
  stateRegion: region.optional().meta({
    description: 'Its region.',
    byDefault: 'the region of the environment',
    example: 'eu-central-1',
  }),
  lockTable: name.optional().meta({
    description: 'DynamoDB table of the lock.',
    byDefault: "S3's own lock",
    example: 'propflow-terraform-locks',
  }),
  workspace: name
    .optional()
    .meta({ description: 'Terraform workspace.', byDefault: '`{environment}`', example: 'prod' }),
}).meta({ id: 'TerraformDescription' });
