import type { Context } from 'hono';

const problems = {
  malformed: 'The request is not valid JSON.',
  unauthorised: 'Sign in first.',
  wrong_credentials: 'That user name and password do not match.',
  not_found: 'There is nothing here.',
  too_large: 'The request is too large.',
  invalid: 'Some fields need attention.',
  internal: 'Something went wrong on our side.',
} as const;

export type ProblemCode = keyof typeof problems;

/** Every answer that is not a success: `{ error: { code, message, fields? } }`. */
export function problem(
  context: Context,
  status: 400 | 401 | 404 | 413 | 422 | 500,
  code: ProblemCode,
  fields?: Readonly<Record<string, string | undefined>>,
): Response {
  return context.json({ error: { code, message: problems[code], ...(fields && { fields }) } }, status);
}
