import type { HonoRequest } from 'hono';
import { HTTPException } from 'hono/http-exception';

/** The body as whatever it is; what it should be is for validation to say. Answers 400 when it is not JSON at all. */
export async function jsonBody(request: HonoRequest): Promise<unknown> {
  try {
    return await request.json<unknown>();
  } catch (cause) {
    throw new HTTPException(400, { cause });
  }
}
