import type { Action, RedirectActionConfig } from '@aws-sdk/client-elastic-load-balancing-v2';
import { missingField, validationError } from './failures.ts';

const defaults = {
  Protocol: '#{protocol}',
  Port: '#{port}',
  Host: '#{host}',
  Path: '/#{path}',
  Query: '#{query}',
};

/** A redirect with all its parts, each checked by itself, and all together for going elsewhere. */
export function checkedRedirect({ RedirectConfig: given }: Action): RedirectActionConfig {
  if (given === undefined) throw missingField('redirect', 'RedirectConfig');
  const status = given.StatusCode;
  if (status !== 'HTTP_301' && status !== 'HTTP_302')
    throw validationError(
      `The StatusCode of a redirect must be one of [HTTP_301, HTTP_302], not '${status}'`,
    );
  const { Protocol, Port, Host, Path, Query } = given;
  const parts = {
    Protocol: Protocol ?? defaults.Protocol,
    Port: Port ?? defaults.Port,
    Host: Host ?? defaults.Host,
    Path: Path ?? defaults.Path,
    Query: Query ?? defaults.Query,
  };
  must('Protocol', parts.Protocol, /^(?:HTTPS?|#\{protocol\})$/, 'HTTP, HTTPS or #{protocol}');
  if (
    parts.Port !== defaults.Port &&
    !(/^\d{1,5}$/.test(parts.Port) && within(Number(parts.Port), 1, 65_535))
  )
    throw validationError(`The redirect Port '${parts.Port}' must be between 1 and 65535, or #{port}`);
  must('Host', parts.Host, /^[\x21-\x7e]{1,128}$/, 'a host name of 1 to 128 characters');
  must(
    'Path',
    parts.Path,
    /^\/[\x21-\x7e]{0,127}$/,
    "a path that begins with '/', of at most 128 characters",
  );
  must(
    'Query',
    parts.Query,
    /^(?!\?)[\x21-\x7e]{0,128}$/,
    "without the leading '?', of at most 128 characters",
  );
  const stays = (['Protocol', 'Port', 'Host', 'Path'] as const).every(
    (part) => parts[part] === defaults[part],
  );
  if (stays) {
    throw validationError(
      'You must modify at least one of the following components to avoid a redirect loop: protocol, port, hostname or path',
    );
  }
  return { ...parts, StatusCode: status };
}

function must(part: string, value: string, pattern: RegExp, what: string): void {
  if (!pattern.test(value)) throw validationError(`The redirect ${part} '${value}' must be ${what}`);
}

const within = (value: number, from: number, to: number): boolean => value >= from && value <= to;
