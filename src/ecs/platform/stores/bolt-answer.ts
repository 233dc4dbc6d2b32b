import { connect } from 'node:net';
import type { Readiness } from './setup.ts';

/** The magic number, and four proposals: Bolt 5.4 down to 5.0, 4.4 down to 4.2, 4.1, 3. */
const handshake = Buffer.from('6060b01700040405000204040000010400000003', 'hex');

/**
 * Whether Neo4j serves Bolt on a loopback port: it chooses a version from a handshake. It listens only once its databases
 * are there.
 * Source: Bolt protocol documentation, "Bolt Protocol handshake specification".
 */
export function boltAnswers(port: number): Promise<Readiness> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (answer: string): void => {
      socket.destroy();
      resolve(answer);
    };
    let said = Buffer.alloc(0);
    socket.setTimeout(2000, () => end('it accepts connections and says nothing'));
    socket.on('error', (error) => end(error.message));
    socket.on('close', () => end('it closed the connection'));
    socket.on('connect', () => socket.write(handshake));
    socket.on('data', (data) => {
      said = Buffer.concat([said, data]);
      if (said.length < 4) return;
      end(said.readUInt32BE(0) > 0 && said.length === 4 ? 'ready' : 'it does not speak Bolt');
    });
  });
}
