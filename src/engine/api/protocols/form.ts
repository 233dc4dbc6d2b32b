import { Fault } from '../fault.ts';

/** Query parameters as the tree that their dotted names spell: `Tags.member.1.Key=a` is a value four branches deep. */
export interface Branch {
  readonly value: string | undefined;
  readonly branches: ReadonlyMap<string, Branch>;
}

interface GrowingBranch {
  value: string | undefined;
  readonly branches: Map<string, GrowingBranch>;
}

/** No shape of a service goes near this deep. */
const DEPTH_LIMIT = 64;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Fails with a `Fault` when the body is not `application/x-www-form-urlencoded` in UTF-8. */
export function parseForm(body: Buffer): Branch {
  const root: GrowingBranch = { value: undefined, branches: new Map() };
  for (const pair of textOf(body).split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = decode(at < 0 ? pair : pair.slice(0, at));
    grow(root, name).value = at < 0 ? '' : decode(pair.slice(at + 1));
  }
  return root;
}

function grow(root: GrowingBranch, name: string): GrowingBranch {
  const parts = name.split('.', DEPTH_LIMIT + 1);
  if (parts.length > DEPTH_LIMIT) throw malformed();
  let branch = root;
  for (const part of parts) {
    let next = branch.branches.get(part);
    if (next === undefined) {
      next = { value: undefined, branches: new Map() };
      branch.branches.set(part, next);
    }
    branch = next;
  }
  return branch;
}

function textOf(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch {
    throw malformed();
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw malformed();
  }
}

function malformed(): Fault {
  return new Fault('body malformed', 'The request body is not a well-formed query string in UTF-8.');
}
