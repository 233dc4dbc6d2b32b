import { connect } from 'node:net';
import type { Readiness } from './setup.ts';

/**
 * Whether Redis serves on a loopback port: it is sent PING. One that asks for a password first (NOAUTH) is up; LOADING is
 * one that still reads its data.
 * Source: Redis documentation, "Redis serialization protocol specification".
 */
export function redisAnswers(port: number): Promise<Readiness> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (answer: string): void => {
      socket.destroy();
      resolve(answer);
    };
    let said = '';
    socket.setTimeout(2000, () => end('it accepts connections and says nothing'));
    socket.on('error', (error) => end(error.message));
    socket.on('close', () => end('it closed the connection'));
    socket.on('connect', () => socket.write('PING\r\n'));
    socket.on('data', (data) => {
      said += data.toString('latin1');
      const line = /^(.*)\r\n/.exec(said)?.[1];
      if (line === undefined) return;
      if (line === '+PONG' || line.startsWith('-NOAUTH')) return end('ready');
      end(line.startsWith('-LOADING') ? 'it is still reading its data' : `it answered ${line.slice(0, 100)}`);
    });
  });
}
