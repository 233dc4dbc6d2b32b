import { Client } from 'pg';
import { boltSession } from './bolt-session.ts';
import { redisSession } from './redis-session.ts';
import { signedRequest } from './signed-request.ts';

/** A store as an app knows it: its properties by name. */
export type Properties = Readonly<Record<string, string>>;

/** How an app would use a kind of store. Every act fails where the store refuses it. */
export interface Customer {
  keep(properties: Properties, word: string): Promise<void>;
  /** What was kept last. */
  recall(properties: Properties): Promise<string>;
  /** The same with a password that is not the store's. */
  readonly wrong: (properties: Properties) => Properties;
}

const wrongPassword = (properties: Properties): Properties => ({
  ...properties,
  password: 'a-wrong-password',
  url: properties['url']?.replace(properties['password'] ?? '', 'a-wrong-password') ?? '',
});

async function inPostgres<Result>(
  { url }: Properties,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ connectionString: url ?? '' });
  client.on('error', () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

export const postgres: Customer = {
  keep: (properties, word) =>
    inPostgres(properties, async (client) => {
      await client.query('create table if not exists kept (word text)');
      await client.query('delete from kept');
      await client.query('insert into kept values ($1)', [word]);
    }),
  recall: (properties) =>
    inPostgres(properties, async (client) => (await client.query('select word from kept')).rows[0]?.word),
  wrong: wrongPassword,
};

/** Uses what only PostGIS has. */
export const postgis: Customer = {
  ...postgres,
  recall: (properties) =>
    inPostgres(properties, async (client) => {
      const { rows } = await client.query(
        'select word, ST_Distance(ST_Point(0, 0), ST_Point(3, 4)) as far from kept',
      );
      if (rows[0]?.far !== 5) throw new Error(`PostGIS says ${rows[0]?.far}`);
      return rows[0]?.word;
    }),
};

export const redis: Customer = {
  keep: (properties, word) => redisSession(properties, [['SET', 'kept', word]]).then(() => {}),
  recall: (properties) => redisSession(properties, [['GET', 'kept']]),
  wrong: wrongPassword,
};

export const bucket: Customer = {
  async keep(properties, word) {
    await signedRequest(properties, 'PUT', 'kept', word);
  },
  recall: (properties) => signedRequest(properties, 'GET', 'kept'),
  wrong: (properties) => ({ ...properties, secretAccessKey: 'a-wrong-key' }),
};

export const neo4j: Customer = {
  async keep(properties, word) {
    await boltSession(properties, `MERGE (n:Kept) SET n.word = '${word}'`);
  },
  recall: (properties) => boltSession(properties, 'MATCH (n:Kept) RETURN n.word'),
  wrong: wrongPassword,
};
