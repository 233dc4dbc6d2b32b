import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../ports.ts';
import { eventually } from '../engine/tasks/rig.ts';
import { findTool } from './tool.ts';
import { programs } from '../programs.ts';

const execute = promisify(execFile);
const python = findTool('python-with-boto3');
const aws = findTool('aws');

/** The server of buckets by itself, as the engine runs it. */
interface Bench {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly end: () => Promise<number | null>;
}

async function openBench(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'fairway-bucket-'));
  const port = await freePort();
  const key = { AWS_ACCESS_KEY_ID: 'FAIRWAYTEST', AWS_SECRET_ACCESS_KEY: 'swordfish' };
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', programs.s3], {
    env: {
      PORT: String(port),
      S3_DATA: join(folder, 'data'),
      S3_BUCKETS: 'photos',
      S3_ACCESS_KEY_ID: key.AWS_ACCESS_KEY_ID,
      S3_SECRET_ACCESS_KEY: key.AWS_SECRET_ACCESS_KEY,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  await eventually(() => said.includes('serves photos') || null, 'S3');
  return {
    folder,
    env: {
      ...key,
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${port}`,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_PAGER: '',
    },
    end: async () => {
      const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const code = await ended;
      rmSync(folder, { recursive: true, force: true });
      return code;
    },
  };
}

describe.skipIf(python === null || aws === null)('a bucket', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(async () => expect(await bench.end()).toBe(0));

  it('does for boto3 what S3 does, every day and at its edges', async () => {
    const script = join(import.meta.dirname, 'bucket.py');
    const { stdout } = await execute(python ?? '', [script], { env: bench.env });
    await expect(stdout).toMatchFileSnapshot('../golden/clients/bucket.txt');
    expect(
      readdirSync(join(bench.folder, 'data', 'pieces'), { recursive: true, withFileTypes: true }).filter(
        (entry) => entry.isFile(),
      ),
    ).toEqual([]);
  });

  it('is synchronised, listed, signed for and emptied by the AWS CLI', async () => {
    const run = async (...words: readonly string[]): Promise<string> =>
      (await execute(aws ?? '', [...words], { cwd: bench.folder, env: bench.env })).stdout;
    const large = Buffer.alloc(9 * 1024 * 1024, 'fairway');
    writeFileSync(join(bench.folder, 'large.bin'), large);
    writeFileSync(join(bench.folder, 'small.txt'), 'small');
    await run('s3', 'sync', '.', 's3://photos/2026/', '--exclude', 'data/*', '--exclude', '.aws/*');
    expect(
      await run('s3', 'sync', '.', 's3://photos/2026/', '--exclude', 'data/*', '--exclude', '.aws/*'),
    ).toBe('');
    const listed = await run('s3', 'ls', 's3://photos', '--recursive');
    expect(
      listed
        .trim()
        .split('\n')
        .map((line) => line.split(/\s+/).slice(2)),
    ).toEqual([
      [String(large.length), '2026/large.bin'],
      ['5', '2026/small.txt'],
    ]);
    await run('s3', 'mv', 's3://photos/2026/large.bin', 's3://photos/moved.bin');
    await run('s3', 'cp', 's3://photos/moved.bin', 'back.bin');
    expect(readFileSync(join(bench.folder, 'back.bin')).equals(large)).toBe(true);
    const url = (await run('s3', 'presign', 's3://photos/2026/small.txt')).trim();
    const signed = url.includes('X-Amz-Signature');
    expect((await fetch(url)).status).toBe(signed ? 200 : 400);
    await run('s3', 'rm', 's3://photos', '--recursive');
    expect(await run('s3', 'ls', 's3://photos')).toBe('');
  });
});
