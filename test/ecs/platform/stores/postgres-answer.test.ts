import { createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { postgresAnswers } from '../../../../src/ecs/platform/stores/postgres-answer.ts';
import { freePort } from '../../../ports.ts';

/** A server that does this with whoever connects, and what it was told. */
async function server(
  act: (socket: Socket, told: Buffer) => void,
): Promise<{ port: number; told: Buffer[] }> {
  const told: Buffer[] = [];
  const sockets = new Set<Socket>();
  const listening = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      told.push(data);
      act(socket, data);
    });
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    listening.close();
  });
  const address = listening.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, told };
}

/** An ErrorResponse as PostgreSQL writes it. */
function refusal(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(4 + fields.length, 1);
  return Buffer.concat([head, fields]);
}

describe('PostgreSQL', () => {
  it('is ready when it asks for a password', async () => {
    const { port, told } = await server((socket) => socket.write('R\0\0\0\u0008\0\0\0\n'));
    expect(await postgresAnswers(port, 'fairway', 'shop')).toBe('ready');
    const [startup = Buffer.alloc(0)] = told;
    expect([startup.readInt32BE(0), startup.readInt32BE(4)]).toEqual([startup.length, 196_608]);
    expect(startup.subarray(8).toString()).toBe('user\0fairway\0database\0shop\0\0');
  });

  it('is ready when it refuses the user or the database: it has started', async () => {
    for (const code of ['28000', '3D000']) {
      const { port } = await server((socket) => socket.write(refusal(code, 'no such thing')));
      expect(await postgresAnswers(port, 'u', 'd')).toBe('ready');
    }
  });

  it('is not ready while it starts up', async () => {
    const { port } = await server((socket) =>
      socket.write(refusal('57P03', 'the database system is starting up')),
    );
    expect(await postgresAnswers(port, 'u', 'd')).toBe('it is starting up');
  });

  it('is not ready when it starts up and says so in pieces', async () => {
    const said = refusal('57P03', 'the database system is starting up');
    const { port } = await server((socket) => {
      socket.write(said.subarray(0, 8));
      setTimeout(() => socket.write(said.subarray(8)), 20);
    });
    expect(await postgresAnswers(port, 'u', 'd')).toBe('it is starting up');
  });

  it('is not ready when it closes the connection, or nobody listens', async () => {
    const { port } = await server((socket) => socket.end());
    expect(await postgresAnswers(port, 'u', 'd')).toBe('it closed the connection');
    expect(await postgresAnswers(await freePort(), 'u', 'd')).toContain('ECONNREFUSED');
  });

  it('is not ready when it says nothing', async () => {
    const { port } = await server(() => undefined);
    expect(await postgresAnswers(port, 'u', 'd')).toBe('it accepts connections and says nothing');
  });
});
