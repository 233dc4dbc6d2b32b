import { realpathSync } from 'node:fs';
import type { DockerClient } from '../../src/engine/docker/client.ts';
import { digestOf, madeImage, type ImageContent } from './made-image.ts';

/** What a test's container can run. */
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

const written = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/tmp:/bin/sh\n',
  'work/here.txt': 'here\n',
  'hello.txt': 'hello\n',
  'app/server.mjs': server,
};

const content: ImageContent = {
  programs: {
    ...Object.fromEntries(programs.map((name) => [`/bin/${name}`, name])),
    '/bin/node': realpathSync(process.execPath),
  },
  written,
  instructions: [command],
};

/** An image with a shell and Node.js. Its tag says what is in it. */
export async function testImage(docker: DockerClient): Promise<string> {
  const reference = `fairway-test/base:${digestOf(content)}`;
  await madeImage(docker, reference, content);
  return reference;
}
