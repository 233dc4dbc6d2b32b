import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { textIn } from '../../src/engine/docker/answer.ts';
import type { DockerClient } from '../../src/engine/docker/client.ts';
import { dockerSocket } from '../../src/engine/docker/endpoint.ts';

/** What a test's container can run; the programs are this machine's own. */
const programs = ['sh', 'cat', 'echo', 'env', 'id', 'mkdir', 'pwd', 'rm', 'sleep', 'touch'];

/** Answers with what its environment says, and with what other containers answer. */
const server = `
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
const { PORT = '8080', VERSION = '?', HEALTH = '200' } = process.env;
const held = [];
const server = createServer(async (request, response) => {
  const [, path, ...rest] = request.url.split('/');
  if (path === 'health') response.writeHead(Number(HEALTH));
  if (path === 'crash') process.exit(9);
  if (path === 'grow') setInterval(() => held.push(Buffer.alloc(8 * 1024 * 1024, 1)), 1);
  if (path === 'fetch') return response.end(await fetch('http://' + rest.join('/')).then((answer) => answer.text(), String));
  response.end(VERSION);
});
server.listen(Number(PORT), () => { writeFileSync('/tmp/listening', ''); console.log('listening ' + VERSION); });
process.on('SIGTERM', () => { console.log('stopping ' + VERSION); server.close(() => process.exit(0)); server.closeIdleConnections(); });
`;

/** What its containers run unless they say otherwise. */
const command = 'CMD ["node", "/app/server.mjs"]';

const files: Readonly<Record<string, string>> = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/tmp:/bin/sh\n',
  'work/here.txt': 'here\n',
  'hello.txt': 'hello\n',
  'app/server.mjs': server,
};

/**
 * An image with a shell and Node.js, made of this machine's own programs, for no registry can be counted on. Made once: its
 * tag says what is in it.
 */
export async function testImage(docker: DockerClient): Promise<string> {
  const content = JSON.stringify([programs, files, command, process.version, process.arch]);
  const tag = createHash('sha256').update(content).digest('hex').slice(0, 12);
  const reference = `fairway-test/base:${tag}`;
  const known = await docker.call('GET', `/images/${reference}/json`).catch(() => null);
  if (textIn(known, 'Id') === null) await importImage('fairway-test/base', tag);
  return reference;
}

async function importImage(repo: string, tag: string): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'fairway-rootfs-'));
  try {
    for (const program of programs) put(root, which(program), `/bin/${program}`);
    put(root, realpathSync(process.execPath), '/bin/node');
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    mkdirSync(join(root, 'tmp'), { mode: 0o777 });
    await upload(root, repo, tag);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const which = (program: string): string =>
  execFileSync('/bin/sh', ['-c', `command -v -- "$(which ${program})"`], { encoding: 'utf8' }).trim();

function put(root: string, program: string, path: string): void {
  copy(program, join(root, path));
  const libraries = execFileSync('ldd', [program], { encoding: 'utf8' });
  for (const [, library = ''] of libraries.matchAll(/(\/\S+) \(0x/g)) copy(library, join(root, library));
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(realpathSync(from), to);
}

async function upload(root: string, repo: string, tag: string): Promise<void> {
  const tar = spawn('tar', ['-c', '--owner=0', '--group=0', '-C', root, '.'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const query = new URLSearchParams({ fromSrc: '-', repo, tag, changes: command });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const sent = request(
    {
      socketPath: dockerSocket(process.env),
      method: 'POST',
      path: `/v1.41/images/create?${query.toString()}`,
    },
    resolve,
  );
  sent.once('error', reject);
  tar.stdout.pipe(sent);
  const answer = await promise;
  let said = '';
  for await (const part of answer) said += String(part);
  if (said.includes('"error"') || answer.statusCode !== 200) throw new Error(`no test image: ${said}`);
}
