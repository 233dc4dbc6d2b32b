import { logLevels, type LogLevel } from './log.ts';

/** Thrown once with everything that is wrong, so that nobody mends one variable at a time. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('; '));
    this.problems = problems;
  }
}

export interface ListenSettings {
  readonly host: string;
  /** 0 lets the system choose; the `listening` log line then tells which. */
  readonly port: number;
}

export interface DatabaseSettings {
  readonly connectionString: string;
  readonly poolSize: number;
}

/** Reads variables, remembers what is wrong with them, and refuses in one go. */
export class SettingsReader {
  readonly #env: NodeJS.ProcessEnv;
  readonly #problems: string[] = [];

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env;
  }

  logLevel(): LogLevel {
    const given = (this.#env['LOG_LEVEL'] || 'info').toLowerCase();
    const level = logLevels.find((known) => known === given);
    if (level === undefined) {
      this.#problems.push(`LOG_LEVEL must be one of ${logLevels.join(', ')}, found '${given}'`);
    }
    return level ?? 'info';
  }

  listen(defaultPort: number): ListenSettings {
    return { host: this.#env['HOST'] || '127.0.0.1', port: this.integer('PORT', defaultPort, 0, 65_535) };
  }

  /** DATABASE_URL, or the five parts DB_HOST, DB_PORT, DB_NAME, DB_USER and DB_PASSWORD. */
  database(defaultPoolSize: number): DatabaseSettings {
    return {
      connectionString: this.#env['DATABASE_URL'] || this.#databaseParts(),
      poolSize: this.integer('DATABASE_POOL_SIZE', defaultPoolSize, 1, 100),
    };
  }

  integer(name: string, fallback: number, least: number, most: number): number {
    const given = this.#env[name];
    if (given === undefined || given === '') return fallback;
    const value = Number(given);
    if (!Number.isInteger(value) || value < least || value > most) {
      this.#problems.push(`${name} must be a whole number from ${least} to ${most}, found '${given}'`);
      return fallback;
    }
    return value;
  }

  /** Call last: throws what the other methods found. */
  finish(): void {
    if (this.#problems.length > 0) throw new SettingsError(this.#problems);
  }

  #databaseParts(): string {
    const host = this.#env['DB_HOST'];
    const name = this.#env['DB_NAME'];
    const user = this.#env['DB_USER'];
    if (!host || !name || !user) {
      this.#problems.push('DATABASE_URL (or DB_HOST, DB_NAME, DB_USER and DB_PASSWORD) must be set');
      return '';
    }
    const port = this.integer('DB_PORT', 5432, 1, 65_535);
    const credentials = [user, this.#env['DB_PASSWORD'] ?? ''].map(encodeURIComponent).join(':');
    return `postgresql://${credentials}@${host}:${port}/${encodeURIComponent(name)}`;
  }
}
