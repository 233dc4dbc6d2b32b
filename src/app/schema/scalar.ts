import { nearest } from '../nearest.ts';
import { splitCommand } from './command.ts';
import { z } from './zod.ts';

/** Custom messages in the schema say what was expected; src/app/problems.ts says what was found. */

export const identifier = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,47}$/, 'a name: lower-case letters, digits and hyphens, starting with a letter');

/** A name people read. Whole numbers are refused: JavaScript would move them to the front. */
export const title = z.string().regex(/^(?!\d+$).{1,120}$/s, 'a name that is not a bare number');

export const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable name: letters, digits and underscores');

const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

const DURATION_EXPECTED =
  'a duration: a number of seconds, or a string such as "500ms", "30s", "5m", "1h", "7d"';

export const duration = z
  .union([z.number().nonnegative(DURATION_EXPECTED), z.string().regex(DURATION, DURATION_EXPECTED)], {
    error: DURATION_EXPECTED,
  })
  .transform((value) => {
    if (typeof value === 'number') return value;
    const [, amount = '0', unit = 's'] = DURATION.exec(value) ?? [];
    return Number((Number(amount) * (SECONDS[unit] ?? 1)).toFixed(3));
  })
  .meta({
    id: 'Duration',
    typescript: "number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`",
    description:
      'A number of seconds, or a number with its unit: `"500ms"`, `"30s"`, `"5m"`, `"1h"`, `"7d"`.',
  });

export const percent = z
  .string()
  .regex(/^\d+(\.\d+)?%$/, 'a percentage such as "70%"')
  .transform((value) => Number(value.slice(0, -1)))
  .meta({ id: 'Percent', typescript: '`${number}%`', description: 'A percentage: `"70%"`.' });

export const command = z
  .union([z.string().min(1), z.array(z.string()).min(1)], {
    error: 'a command: "node dist/server.js", or a list of words',
  })
  .transform((value, context): readonly string[] => {
    if (typeof value !== 'string') return value;
    const words = splitCommand(value);
    if (words.ok) return words.words;
    context.addIssue({ code: 'custom', message: words.why });
    return z.NEVER;
  })
  .meta({
    id: 'Command',
    description:
      'One program and its arguments, as a string or as a list of words. It runs without a shell: for `&&`, pipes or `$VARIABLES` write `["sh", "-c", "…"]`.',
  });

export const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region such as "eu-central-1"');
export const accountId = z.string().regex(/^\d{12}$/, 'an AWS account id: twelve digits, as a string');
export const hostname = z
  .string()
  .regex(
    /^(?=.{1,253}$)([a-z0-9*]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i,
    'a host name such as "api.example.com"',
  );
export const urlPath = z.string().regex(/^\/\S*$/, 'a path that starts with "/"');
export const port = z.int().min(1).max(65_535);
export const email = z.string().regex(/^\S+@\S+\.\S+$/, 'an e-mail address');

/** What a name may be made of; each stands for itself in every name of the description. */
const PLACEHOLDERS = ['app', 'environment', 'service', 'version', 'commit', 'branch'] as const;

/** Text in which `{app}` and its like are filled in. */
export function template(...allowed: readonly (typeof PLACEHOLDERS)[number][]) {
  return z
    .string()
    .min(1)
    .superRefine((value, context) => {
      for (const [, word = ''] of value.matchAll(/\{([^{}]*)\}/g)) {
        if (allowed.some((known) => known === word)) continue;
        const likely = nearest(word, allowed);
        const list = allowed.map((known) => `{${known}}`).join(', ');
        const hint = likely === null ? '' : ` (did you mean {${likely}}?)`;
        context.addIssue({ code: 'custom', message: `only the placeholders ${list}${hint}` });
      }
    });
}

/** A bucket, and a folder in it. */
export const s3Place = template('app', 'environment').regex(
  /^s3:\/\/[a-z0-9{][a-z0-9{}.-]*(\/[\w{}.\-/]*)?$/,
  'a place in S3 such as "s3://acme-deployments/fairway"',
);

export const name = template('app', 'environment', 'service');
