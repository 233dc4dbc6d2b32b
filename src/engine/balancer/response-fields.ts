import type { ResponseHeaderRules } from './wanted.ts';

/** A listener's rules for the fields of its responses, ready to use. */
export interface ResponseFields {
  /** Whole lines, for each response. */
  readonly lines: string;
  /** Names, lower case, whose own lines go. */
  readonly dropped: ReadonlySet<string>;
}

const none: ResponseFields = { lines: '', dropped: new Set() };

export function responseFields(rules: ResponseHeaderRules | undefined): ResponseFields {
  if (rules === undefined) return none;
  const names = rules.set.map(({ name }) => name.toLowerCase());
  return {
    lines: rules.set.map(({ name, value }) => `${name}: ${value}\r\n`).join(''),
    dropped: new Set(rules.server ? names : [...names, 'server']),
  };
}
