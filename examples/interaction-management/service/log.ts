export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Values must never be secrets: log what happened and to which record, not what was sent. */
type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** One line of JSON per event; `event` is a stable name to filter by, such as `login.failed`. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, error: unknown, fields?: LogFields): void;
}

export interface LogOptions {
  readonly service: string;
  readonly version: string;
  readonly level: LogLevel;
  readonly write: (line: string) => void;
  readonly now: () => Date;
}

export function createLog({ service, version, level, write, now }: LogOptions): Log {
  const emit = (lineLevel: LogLevel, event: string, fields: LogFields = {}) => {
    if (logLevels.indexOf(lineLevel) < logLevels.indexOf(level)) return;
    write(
      `${JSON.stringify({ time: now().toISOString(), level: lineLevel, service, version, event, ...fields })}\n`,
    );
  };
  return {
    debug: (event, fields) => emit('debug', event, fields),
    info: (event, fields) => emit('info', event, fields),
    warn: (event, fields) => emit('warn', event, fields),
    error: (event, error, fields) =>
      emit('error', event, {
        ...fields,
        error: error instanceof Error ? error.message : String(error),
        stack: error instanceof Error ? error.stack : undefined,
      }),
  };
}
