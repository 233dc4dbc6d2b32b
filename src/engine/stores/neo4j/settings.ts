import { join } from 'node:path';

export interface Neo4jSettings {
  readonly data: string;
  /** For what need not be kept. */
  readonly scratch: string;
  /** Of Bolt. */
  readonly port: number;
  /** null: none. */
  readonly http: number | null;
  readonly authenticated: boolean;
  readonly own: Readonly<Record<string, string>>;
}

/** A server for one developer's machine, reached over loopback alone. Where it listens and keeps things is ours to say. */
export function settingsFile({ data, scratch, port, http, authenticated, own }: Neo4jSettings): string {
  const settings: Readonly<Record<string, string>> = {
    'server.jvm.additional': '-XX:+UseSerialGC',
    'dbms.usage_report.enabled': 'false',
    ...own,
    'dbms.security.auth_enabled': String(authenticated),
    'server.default_listen_address': '127.0.0.1',
    'server.default_advertised_address': '127.0.0.1',
    'server.bolt.enabled': 'true',
    'server.bolt.listen_address': `127.0.0.1:${port}`,
    'server.bolt.advertised_address': `127.0.0.1:${port}`,
    'server.http.enabled': String(http !== null),
    ...(http === null ? {} : { 'server.http.listen_address': `127.0.0.1:${http}` }),
    'server.https.enabled': 'false',
    'server.directories.data': data,
    ...Object.fromEntries(
      ['logs', 'run', 'import', 'plugins', 'licenses'].map((name) => [
        `server.directories.${name}`,
        join(scratch, name),
      ]),
    ),
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

/** Settings in an environment as the official image takes them: `NEO4J_server_memory_heap_max__size=512m`. */
export function settingsIn(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const settings: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    const written = /^NEO4J_([a-z]+_.+)$/.exec(name)?.[1];
    if (written === undefined || /[\r\n]/.test(value)) continue;
    const parts = written.split('__').map((part) => part.replaceAll('_', '.'));
    settings[parts.join('_')] = value;
  }
  return settings;
}
