// Counts visits in Redis and keeps a file for each in a bucket, with nothing but Node.js.
import { createHash, createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { connect } from 'node:net';

const { PORT, REDIS_URL, BUCKET } = process.env;
const { AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;

function redis(...command) {
  const { hostname, port, password } = new URL(REDIS_URL);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    socket.on('error', reject);
    socket.write(`AUTH ${password}\r\n${command.join(' ')}\r\n`);
    let said = '';
    socket.setEncoding('utf8').on('data', (text) => {
      said += text;
      const lines = said.split('\r\n');
      if (lines.length < 3) return;
      socket.destroy();
      if (lines[0] === '+OK') resolve(lines[1].slice(1));
      else reject(new Error(lines[0]));
    });
  });
}

async function s3(method, path, query = '', body = '') {
  const { host } = new URL(AWS_ENDPOINT_URL_S3);
  const at = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const scope = `${at.slice(0, 8)}/${AWS_REGION}/s3/aws4_request`;
  const hash = (text) => createHash('sha256').update(text).digest('hex');
  const signed = 'host;x-amz-content-sha256;x-amz-date';
  const canonical = `${method}\n${path}\n${query}\nhost:${host}\nx-amz-content-sha256:${hash(body)}\nx-amz-date:${at}\n\n${signed}\n${hash(body)}`;
  const key = scope
    .split('/')
    .reduce(
      (secret, part) => createHmac('sha256', secret).update(part).digest(),
      `AWS4${AWS_SECRET_ACCESS_KEY}`,
    );
  const signature = createHmac('sha256', key)
    .update(`AWS4-HMAC-SHA256\n${at}\n${scope}\n${hash(canonical)}`)
    .digest('hex');
  const response = await fetch(`${AWS_ENDPOINT_URL_S3}${path}${query && `?${query}`}`, {
    method,
    headers: {
      'x-amz-content-sha256': hash(body),
      'x-amz-date': at,
      authorization: `AWS4-HMAC-SHA256 Credential=${AWS_ACCESS_KEY_ID}/${scope}, SignedHeaders=${signed}, Signature=${signature}`,
    },
    ...(body === '' ? {} : { body }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}

async function visit() {
  const visits = Number(await redis('INCR', 'visits'));
  await s3('PUT', `/${BUCKET}/visits/${visits}`, '', `visit ${visits}`);
  const listed = await s3('GET', `/${BUCKET}`, 'list-type=2&prefix=visits%2F');
  return { visits, album: [...listed.matchAll(/<Key>visits\/(\d+)<\/Key>/g)].map(([, name]) => name) };
}

const server = createServer((request, response) => {
  const answer = request.url === '/' ? visit() : Promise.resolve({ status: 'healthy' });
  answer.then(
    (value) => response.end(JSON.stringify(value)),
    (error) => response.writeHead(500).end(String(error)),
  );
});
server.listen(Number(PORT), '127.0.0.1');
process.on('SIGTERM', () => server.close(() => process.exit(0)).closeIdleConnections());
