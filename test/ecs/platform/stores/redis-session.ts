import { connect } from 'node:net';
import type { Properties } from './customers.ts';

/** Signs in and runs commands; the answer to the last. Fails with what Redis refuses, or what breaks the connection. */
export function redisSession(
  { url = '' }: Properties,
  commands: readonly (readonly string[])[],
): Promise<string> {
  const { hostname, port, password } = new URL(url);
  const all = [...(password === '' ? [] : [['AUTH', decodeURIComponent(password)]]), ...commands];
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('Redis closed the connection')));
    for (const words of all)
      socket.write(
        `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`,
      );
    let said = '';
    socket.setEncoding('utf8').on('data', (text) => {
      said += text;
      const answers = [...said.matchAll(/\$-?\d+\r\n(.*)\r\n|([+:-])(.*)\r\n/g)];
      const refused = answers.find(([, , sign]) => sign === '-');
      if (refused === undefined && answers.length < all.length) return;
      socket.destroy();
      if (refused !== undefined) reject(new Error(refused[3]));
      else resolve(answers.at(-1)?.[1] ?? answers.at(-1)?.[3] ?? '');
    });
  });
}
