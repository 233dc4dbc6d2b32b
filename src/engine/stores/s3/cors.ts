import { S3Error } from './failure.ts';
import { childrenOf, textOf } from './xml.ts';
import type { Node } from './xml.ts';

/** A rule as its document has it, by the names of its elements. */
export interface CorsRule {
  readonly ID?: string;
  readonly AllowedOrigin: readonly string[];
  readonly AllowedMethod: readonly string[];
  readonly AllowedHeader: readonly string[];
  readonly ExposeHeader: readonly string[];
  readonly MaxAgeSeconds?: number;
}

const methods = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD'];

/** Fails with `MalformedXML` and `InvalidRequest`. */
export function readCors(configuration: Node): readonly CorsRule[] {
  const rules = childrenOf(configuration, 'CORSRule').map((rule): CorsRule => {
    const all = (name: string): readonly string[] => childrenOf(rule, name).map(({ text }) => text.trim());
    const age = textOf(rule, 'MaxAgeSeconds');
    const id = textOf(rule, 'ID');
    return {
      ...(id === null ? {} : { ID: id }),
      AllowedOrigin: all('AllowedOrigin'),
      AllowedMethod: all('AllowedMethod'),
      AllowedHeader: all('AllowedHeader'),
      ExposeHeader: all('ExposeHeader'),
      ...(age === null ? {} : { MaxAgeSeconds: Number(age) }),
    };
  });
  if (
    rules.length === 0 ||
    rules.some((rule) => rule.AllowedOrigin.length === 0 || rule.AllowedMethod.length === 0)
  )
    throw new S3Error('MalformedXML');
  const unknown = rules
    .flatMap(({ AllowedMethod }) => AllowedMethod)
    .find((method) => !methods.includes(method));
  if (unknown !== undefined)
    throw new S3Error(
      'InvalidRequest',
      {},
      `Found unsupported HTTP method in CORS config. Unsupported method is ${unknown}`,
    );
  return rules;
}

/** What a browser asks, by its headers. */
export interface Asked {
  readonly origin: string;
  readonly method: string;
  /** Of a preflight: the headers that the request will have. */
  readonly headers: readonly string[];
}

/** The headers that let a browser's page read the answer; null where no rule allows it. */
export function corsHeaders(
  rules: readonly CorsRule[],
  { origin, method, headers }: Asked,
): Readonly<Record<string, string>> | null {
  const rule = rules.find(
    (each) =>
      each.AllowedMethod.includes(method) &&
      each.AllowedOrigin.some((pattern) => matches(pattern, origin)) &&
      headers.every((header) => each.AllowedHeader.some((pattern) => matches(pattern.toLowerCase(), header))),
  );
  if (rule === undefined) return null;
  const any = rule.AllowedOrigin.includes('*');
  return {
    'access-control-allow-origin': any ? '*' : origin,
    'access-control-allow-methods': rule.AllowedMethod.join(', '),
    ...(headers.length === 0 ? {} : { 'access-control-allow-headers': headers.join(', ') }),
    ...(rule.ExposeHeader.length === 0
      ? {}
      : { 'access-control-expose-headers': rule.ExposeHeader.join(', ') }),
    ...(rule.MaxAgeSeconds === undefined ? {} : { 'access-control-max-age': String(rule.MaxAgeSeconds) }),
    ...(any ? {} : { 'access-control-allow-credentials': 'true' }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
}

/** At most one `*` counts, as in S3. */
function matches(pattern: string, text: string): boolean {
  const at = pattern.indexOf('*');
  if (at < 0) return pattern === text;
  const [start, end] = [pattern.slice(0, at), pattern.slice(at + 1)];
  return text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end);
}
