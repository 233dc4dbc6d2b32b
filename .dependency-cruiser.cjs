// The arrows of the architecture: cli → jobs → journal, release, ecs → app; the engine stands apart.
const layer = (name) => `^src/${name}/`;
const jobs =
  'deployment|terraform|pipeline|preview|secrets|observe|diagnose|recover|report|prerequisites|notice';
const rule = (name, from, to, comment) => ({ name, severity: 'error', comment, from, to });

module.exports = {
  forbidden: [
    rule('no-cycles', {}, { circular: true }, 'Arrows point one way.'),
    rule(
      'engine-stands-apart',
      { path: layer('engine') },
      { path: '^src/', pathNot: [layer('engine'), '^src/(process|repository)/'] },
      'The engine imports nothing of Fairway.',
    ),
    rule(
      'docker-is-loaded-late',
      { path: layer('engine'), pathNot: layer('engine/docker') },
      { path: layer('engine/docker'), dynamic: false },
      'An engine that runs no container starts without the code for them.',
    ),
    rule(
      'nobody-imports-the-engine',
      { path: '^src/', pathNot: layer('engine') },
      { path: layer('engine') },
      'The engine is reached through the AWS API.',
    ),
    rule(
      'app-is-the-bottom',
      { path: layer('app') },
      { path: '^src/', pathNot: [layer('app'), '^src/refusal\\.ts$'] },
      'The description knows nobody.',
    ),
    rule(
      'middle-knows-only-app',
      { path: layer('(journal|release|ecs)') },
      { path: layer(`(cli|${jobs})`) },
      'journal, release and ecs know no job.',
    ),
    rule(
      'middle-stands-side-by-side-journal',
      { path: layer('journal') },
      { path: layer('(release|ecs)') },
      'The journal knows neither release nor ecs.',
    ),
    rule(
      'migration-knows-only-app',
      { path: layer('migration') },
      { path: '^src/', pathNot: [layer('(migration|app)'), '^src/refusal\\.ts$'] },
      'What SQL does is judged without an engine, a journal or a deployment.',
    ),
    rule(
      'the-parser-is-loaded-late',
      { path: '^src/', pathNot: layer('migration') },
      {
        path: layer('migration/(classify|parser|statement)'),
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
      "Whoever has no migration to classify starts without PostgreSQL's parser.",
    ),
    rule(
      'jobs-do-not-know-the-cli',
      { path: layer(`(${jobs})`) },
      { path: layer('cli') },
      'The command line is a shell around the jobs.',
    ),
    rule(
      'only-ecs-knows-aws',
      { path: '^src/', pathNot: [layer('ecs'), layer('engine'), layer('journal/s3')] },
      { path: 'node_modules/(@aws-sdk|@smithy)/' },
      'AWS shapes stay in src/ecs; those of S3 in src/journal/s3.',
    ),
    rule(
      's3-is-loaded-late',
      { path: '^src/', pathNot: layer('journal/s3') },
      { path: layer('journal/s3'), dynamic: false },
      'Only who keeps the journal there waits for its client.',
    ),
    rule(
      'app-is-pure',
      { path: layer('app'), pathNot: '^src/app/load' },
      { path: '^(node:)?(fs|child_process|net|http|os)', dependencyTypes: ['core'] },
      'Only load touches the disk.',
    ),
    rule(
      'no-orphan-test-imports',
      { path: '^src/' },
      { path: '^(test|bench|scripts)/' },
      'Source never imports tests.',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    parser: 'swc',
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.mjs', '.js'],
      conditionNames: ['import', 'types', 'default'],
    },
  },
};
