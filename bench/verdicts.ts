import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brief } from '../test/journeys/workbench.ts';
import { openStand, type Stand } from '../test/clients/stand.ts';
import { findTool } from '../test/clients/tool.ts';
import { median } from './cli.ts';
import type { Figures } from './main.ts';

const rounds = 3;
const cluster = 'shop-local';

/** Deploys once; returns when its client says how it ended. */
type Deploy = (round: number) => Promise<void>;

/**
 * From the command to the verdict: the same app on the same engine, blue-green and without a bake time, moved back and forth
 * by Fairway, by ecspresso and by the AWS CLI in turns. What each deploys was built before. Fairway's has two services, gates,
 * a look at the migrations and a lease more.
 */
export async function benchVerdicts(): Promise<Figures> {
  await using stand = await openStand();
  const deploys: Readonly<Record<string, Deploy | null>> = {
    fairway: await fairway(stand),
    ecspresso: await ecspresso(stand),
    aws_wait: await awsWait(stand),
  };
  const times: Record<string, number[]> = {};
  for (let round = 0; round < rounds; round += 1)
    for (const [name, deploy] of Object.entries(deploys)) {
      if (deploy === null) continue;
      const started = performance.now();
      await deploy(round);
      (times[name] ??= []).push((performance.now() - started) / 1000);
    }
  const seconds = (name: string): number | null => {
    const taken = times[name];
    return taken === undefined ? null : median(taken);
  };
  const against = (name: string): number | null => {
    const [ours, theirs] = [seconds('fairway'), seconds(name)];
    return ours === null || theirs === null ? null : theirs / ours;
  };
  return {
    'verdict.fairway_s': seconds('fairway'),
    'verdict.ecspresso_s': seconds('ecspresso'),
    'verdict.aws_wait_s': seconds('aws_wait'),
    // How many times as long the others take.
    'verdict.ecspresso_ratio': against('ecspresso'),
    'verdict.aws_wait_ratio': against('aws_wait'),
  };
}

async function fairway({ bench }: Stand): Promise<Deploy> {
  const deploy: Deploy = async (round) => {
    await bench.release(round % 2 === 0 ? '2' : '1');
    const run = await bench.fairway('deploy', '--json');
    if (run.last['verdict'] !== 'succeeded') throw new Error(`fairway: ${brief(run)}`);
  };
  // Both are built.
  await deploy(0);
  await deploy(1);
  return deploy;
}

async function ecspresso(stand: Stand): Promise<Deploy | null> {
  const program = findTool('ecspresso');
  if (program === null) return null;
  const [config, service, definition] = [
    'ecspresso.yml',
    join(stand.bench.folder, 'ecs-service-def.json'),
    join(stand.bench.folder, 'ecs-task-def.json'),
  ];
  await stand.run(program, [
    'init',
    '--region',
    'us-east-1',
    '--cluster',
    cluster,
    '--service',
    'web',
    '--config',
    config,
  ]);
  const wanted = JSON.parse(await readFile(service, 'utf8'));
  Object.assign(wanted.deploymentConfiguration, unpaused);
  await writeFile(service, JSON.stringify(wanted));
  return async (round) => {
    const written = JSON.parse(await readFile(definition, 'utf8'));
    const [container] = written.containerDefinitions;
    const others = container.environment.filter(({ name }: { name: string }) => name !== 'ROUND');
    container.environment = [...others, { name: 'ROUND', value: String(round) }];
    await writeFile(definition, JSON.stringify(written));
    await stand.run(program, ['deploy', '--config', config]);
  };
}

async function awsWait(stand: Stand): Promise<Deploy | null> {
  const program = findTool('aws');
  if (program === null) return null;
  const ecs = async (...words: readonly string[]): Promise<string> =>
    (await stand.run(program, ['ecs', ...words, '--output', 'text'])).trim();
  const revisions = // The two that Fairway deployed last.
    (
      await ecs(
        'list-task-definitions',
        '--sort',
        'DESC',
        '--family-prefix',
        'shop-local-web',
        '--query',
        'taskDefinitionArns',
      )
    ).split(/\s+/);
  const where = ['--cluster', cluster];
  return async (round) => {
    const revision = revisions[round % 2] ?? '';
    const configuration = JSON.stringify({ strategy: 'BLUE_GREEN', ...unpaused });
    await ecs(
      'update-service',
      ...where,
      '--service',
      'web',
      '--task-definition',
      revision,
      '--deployment-configuration',
      configuration,
    );
    await ecs('wait', 'services-stable', ...where, '--services', 'web');
    const serving = await ecs(
      'describe-services',
      ...where,
      '--services',
      'web',
      '--query',
      'services[0].taskDefinition',
    );
    if (serving !== revision) throw new Error(`aws: ${serving} serves instead of ${revision}`);
  };
}

/** The others answer no pauses. */
const unpaused = { bakeTimeInMinutes: 0, lifecycleHooks: [] };
