import { connect } from 'node:net';

/**
 * Whether PostgreSQL accepts sessions on a loopback port: it sends a start-up message and looks at the first answer, as
 * `pg_isready` does. A server that asks for a password (or refuses the database) is up; 57P03 is one still starting.
 * Source: PostgreSQL documentation, "Message Formats", StartupMessage.
 */
export function postgresAnswers(
  port: number,
  user: string,
  database: string,
): Promise<'ready' | (string & {})> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (answer: string) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2000, () => end('it accepts connections and says nothing'));
    socket.on('error', (error) => end(error.message));
    socket.on('close', () => end('it closed the connection'));
    socket.on('connect', () => socket.write(startupMessage(user, database)));
    let said = Buffer.alloc(0);
    socket.on('data', (data) => {
      said = Buffer.concat([said, data]);
      const answer = answerIn(said);
      if (answer !== null) end(answer);
    });
  });
}

/** What the first message says; null while it is not whole. Its length stands after its type, and does not count that. */
function answerIn(said: Buffer): string | null {
  if (said.length < 5 || said.length < 1 + said.readInt32BE(1)) return null;
  return said.toString('latin1').includes('57P03') ? 'it is starting up' : 'ready';
}

function startupMessage(user: string, database: string): Buffer {
  const parameters = Buffer.from(`user\0${user}\0database\0${database}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + parameters.length, 0);
  head.writeInt32BE(3 << 16, 4);
  return Buffer.concat([head, parameters]);
}
