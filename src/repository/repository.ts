/**
 * A repository of a registry, as images are named by it: `127.0.0.1:5000/shop/web`, `ghcr.io/acme/shop-web`,
 * `123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/web`. Docker Hub's are `docker.io/acme/web`.
 */
export interface Repository {
  /** With its port where it has one: what `docker login` is told. */
  readonly host: string;
  readonly path: string;
}

export const dockerHub = 'docker.io';

const name = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const port = ':[0-9]{1,5}';
/** A name without a dot or a port would be a folder of Docker Hub. */
const host = `(?:localhost(?:${port})?|${label}(?:\\.${label})+(?:${port})?|${label}${port}|\\[[0-9a-fA-F:]+\\](?:${port})?)`;

export const repositoryPattern = new RegExp(`^(${host})/(${name}(?:/${name})*)$`);
const registryPattern = new RegExp(`^${host}(?:/${name})*$`);

/** Null for what is no repository with its host: a tag, a digest, a scheme or credentials have no place in it. */
export function parseRepository(text: string): Repository | null {
  const [, host, path] = repositoryPattern.exec(text) ?? [];
  return host === undefined || path === undefined ? null : { host, path };
}

/** `HOST[:PORT][/PREFIX]`, what repositories may lie below. */
export function isRegistry(text: string): boolean {
  return registryPattern.test(text);
}

export function repositoryName({ host, path }: Repository): string {
  return `${host}/${path}`;
}

/** The registry that any reference to an image is pulled from: without a host, Docker Hub. */
export function hostIn(reference: string): string {
  const slash = reference.indexOf('/');
  const first = slash === -1 ? '' : reference.slice(0, slash);
  return /[.:[]/.test(first) || first === 'localhost' ? first : dockerHub;
}

/** Whether what is said to a host stays on this machine. */
export function isLoopback(host: string): boolean {
  const machine = host.replace(/:\d+$/, '');
  return /^(localhost|[\w.-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(machine);
}
