import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../database/pool.ts';
import type { InteractionEvent } from '../interaction/event.ts';
import type { Activity, Interaction, InteractionDraft } from '../interaction/interaction.ts';
import type { ListAnswer, ListQuery } from '../interaction/list-query.ts';
import { findSql, insertSql, listSql, type Sql, updateSql } from './interaction-sql.ts';
import type { User } from './sessions.ts';

type QueuedInteraction = Pick<Interaction, 'id' | 'title' | 'type' | 'contact'>;

type InteractionRow = Omit<Interaction, 'occurredAt' | 'createdAt' | 'updatedAt'> & {
  readonly occurredAt: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

/** Every change and the job that tells the worker about it are one transaction: neither exists without the other. */
export class Interactions {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async list(query: ListQuery): Promise<ListAnswer<Interaction>> {
    const { page, total } = listSql(query);
    const [rows, counts] = await Promise.all([
      this.#pool.query<InteractionRow>(page.text, [...page.values]),
      this.#pool.query<{ total: number }>(total.text, [...total.values]),
    ]);
    return {
      items: rows.rows.map(fromRow),
      total: counts.rows[0]?.total ?? 0,
      page: query.page,
      pageSize: query.pageSize,
    };
  }

  async find(id: number): Promise<Interaction | null> {
    return first(await rowsOf(this.#pool, findSql(id)));
  }

  create(draft: InteractionDraft, user: User): Promise<Interaction> {
    return inTransaction(this.#pool, async (client) => {
      const { rows } = await client.query<{ id: number }>(asQuery(insertSql(draft, user.id)));
      const created = first(await rowsOf(client, findSql(rows[0]?.id ?? 0)));
      if (created === null) throw new Error('the interaction just inserted cannot be read');
      await enqueue(client, 'interaction.created', created, user);
      return created;
    });
  }

  /** null: there is none with this id. */
  update(id: number, draft: InteractionDraft, user: User): Promise<Interaction | null> {
    return inTransaction(this.#pool, async (client) => {
      await client.query(asQuery(updateSql(id, draft)));
      const updated = first(await rowsOf(client, findSql(id)));
      if (updated !== null) await enqueue(client, 'interaction.updated', updated, user);
      return updated;
    });
  }

  /** false: there is none with this id. */
  remove(id: number, user: User): Promise<boolean> {
    return inTransaction(this.#pool, async (client) => {
      const { rows } = await client.query<QueuedInteraction>(
        'DELETE FROM interactions WHERE id = $1 RETURNING id, title, type, contact',
        [id],
      );
      const [deleted] = rows;
      if (deleted === undefined) return false;
      await enqueue(client, 'interaction.deleted', deleted, user);
      return true;
    });
  }

  /** What happened last, newest first. */
  async activity(limit: number): Promise<readonly Activity[]> {
    const { rows } = await this.#pool.query<Omit<Activity, 'happenedAt'> & { happenedAt: Date }>(
      `SELECT id::integer, interaction_id AS "interactionId", kind, summary, happened_at AS "happenedAt"
       FROM activity ORDER BY happened_at DESC, id DESC LIMIT $1`,
      [limit],
    );
    return rows.map((row) => ({ ...row, happenedAt: row.happenedAt.toISOString() }));
  }
}

async function enqueue(
  client: PoolClient,
  kind: InteractionEvent['kind'],
  { id, title, type, contact }: QueuedInteraction,
  user: User,
): Promise<void> {
  const event: InteractionEvent = { kind, interactionId: id, title, type, contact, actor: user.displayName };
  await client.query('INSERT INTO jobs (kind, payload) VALUES ($1, $2)', [kind, JSON.stringify(event)]);
}

async function rowsOf(connection: Pool | PoolClient, sql: Sql): Promise<readonly InteractionRow[]> {
  return (await connection.query<InteractionRow>(asQuery(sql))).rows;
}

function asQuery({ text, values }: Sql): { text: string; values: unknown[] } {
  return { text, values: [...values] };
}

function first(rows: readonly InteractionRow[]): Interaction | null {
  return rows[0] === undefined ? null : fromRow(rows[0]);
}

function fromRow(row: InteractionRow): Interaction {
  return {
    ...row,
    occurredAt: row.occurredAt.toISOString(),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
