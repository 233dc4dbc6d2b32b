import { STATUS_CODES } from 'node:http';
import type { RedirectAction } from './wanted.ts';
import type { RequestHead } from './http/request-head.ts';
import type { ResponseFields } from './response-fields.ts';
import { hostName } from './rule.ts';

/** A response of the balancer itself. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly location?: string;
}

/** The page that ALB shows for its own errors. */
export function pageAnswer(status: number): Answer {
  const title = `${status} ${STATUS_CODES[status] ?? ''}`;
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
  return { status, contentType: 'text/html', body };
}

/** The answer to a redirect rule. As ALB's, its location always names the port. */
export function redirectAnswer(redirect: RedirectAction, head: RequestHead, listenerPort: number): Answer {
  const values: Record<string, string> = {
    protocol: 'http',
    host: hostName(head.host),
    port: String(listenerPort),
    // ALB's `#{path}` is without the leading slash, its default path `/#{path}`.
    path: head.path.slice(1),
    query: head.query,
  };
  const fill = (template: string) =>
    template.replaceAll(/#\{(protocol|host|port|path|query)\}/g, (_, name: string) => values[name] ?? '');
  const {
    protocol = '#{protocol}',
    host = '#{host}',
    port = '#{port}',
    path = '/#{path}',
    query = '#{query}',
  } = redirect;
  const search = fill(query);
  const location = `${fill(protocol).toLowerCase()}://${fill(host)}:${fill(port)}${fill(path)}${search === '' ? '' : `?${search}`}`;
  return { ...pageAnswer(redirect.status), location };
}

export interface AnswerOptions {
  readonly date: string;
  readonly close: boolean;
  /** Of the request: to HEAD the body is left out, its length is not. */
  readonly method: string;
  readonly fields: ResponseFields;
}

/** The whole response as latin1 text. */
export function answerText(
  { status, contentType, body, location }: Answer,
  { date, close, method, fields }: AnswerOptions,
): string {
  const bytes = Buffer.from(body, 'utf8');
  const bodiless = status === 204 || status === 304;
  return (
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n` +
    (fields.dropped.has('server') ? '' : 'Server: awselb/2.0\r\n') +
    `Date: ${date}\r\n` +
    (bodiless ? '' : `Content-Type: ${contentType}\r\nContent-Length: ${bytes.length}\r\n`) +
    (location === undefined ? '' : `Location: ${location}\r\n`) +
    fields.lines +
    `Connection: ${close ? 'close' : 'keep-alive'}\r\n\r\n` +
    (bodiless || method === 'HEAD' ? '' : bytes.toString('latin1'))
  );
}
