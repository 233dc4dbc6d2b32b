import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageSource, Launch, LaunchRequest } from '../../images/source.ts';
import { inPlace, onlyServer, unready } from '../place.ts';

export interface S3Options {
  /** The engine's own program: the server of buckets lies beside it. */
  readonly program: string;
  /** For what goes with a task. */
  readonly folder: string;
}

/**
 * The image `s3`: the engine's own S3. It takes S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY, makes the buckets in S3_BUCKETS,
 * and has its data in the mount of /data, which several such tasks may share: each then serves all buckets.
 */
export function builtInS3(options: S3Options): ImageSource {
  const beside = options.program.endsWith('.ts') ? 'stores/s3/main.ts' : 's3.js';
  const program = join(options.program, '..', beside);
  return {
    async find(image) {
      if (image !== 's3') return null;
      const digest = createHash('sha256').update(readFileSync(program)).digest('hex');
      return { digest: `sha256:${digest}`, launch: (request) => launch(request, program, options) };
    },
  };
}

async function launch(request: LaunchRequest, program: string, { folder }: S3Options): Promise<Launch> {
  const { container } = request;
  const [command] = [...(container.entryPoint ?? []), ...(container.command ?? [])];
  if (command !== undefined) throw onlyServer(command, 'S3');
  for (const name of ['S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'])
    if (!container.environment[name]) throw unready(`set ${name}`);
  const place = { folder, containerPort: 9000, dataPaths: ['/data'], name: 'S3' };
  return inPlace(request, place, async ({ scratch, scratchBase, data }) => ({
    argv: [process.execPath, '--disable-warning=ExperimentalWarning', program],
    workingFolder: scratch,
    environment: { ...container.environment, PATH: '/usr/bin:/bin', S3_DATA: data },
    stopSignal: 'SIGTERM',
    user: null,
    scratchBase,
  }));
}
