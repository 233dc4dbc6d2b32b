import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWeb } from '../web/app.ts';
import { readStaticSite } from '../web/static-site.ts';

const script = `console.log(${JSON.stringify('x'.repeat(2_000))});`;
let folder: string;
let web: Hono;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'im-site-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Interactions</title>');
  await writeFile(join(folder, 'assets/index-4f2a8c1b.js'), script);
  web = createWeb(await readStaticSite(folder), '1.2.3');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the server of the front end', () => {
  test('says that it is healthy, and which version it is', async () => {
    const response = await web.request('/health');
    expect(await response.json()).toEqual({ status: 'healthy', service: 'web', version: '1.2.3' });
    expect((await web.request('/health', { method: 'HEAD' })).status).toBe(200);
  });

  test('answers the page for every address that the page itself routes', async () => {
    for (const path of ['/', '/interactions/new', '/interactions/7?x=1']) {
      const response = await web.request(path);
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(response.headers.get('cache-control')).toBe('no-cache');
      expect(await response.text()).toContain('<title>Interactions</title>');
    }
  });

  test('lets assets be kept for ever, and sends them compressed to who can read that', async () => {
    const response = await web.request('/assets/index-4f2a8c1b.js', {
      headers: { 'accept-encoding': 'br, gzip' },
    });
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(gunzipSync(await response.bytes()).toString()).toBe(script);
    expect(await (await web.request('/assets/index-4f2a8c1b.js')).text()).toBe(script);
  });

  test('answers 304 to who has the page already', async () => {
    const etag = (await web.request('/')).headers.get('etag') ?? '';
    expect((await web.request('/', { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await web.request('/', { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });

  test('gives the page of the neighbouring version its own script, to be forgotten at once', async () => {
    const response = await web.request('/assets/index-OTHER_01.js');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toBe(script);
  });

  test.each([['/assets/other-4f2a8c1b.js'], ['/assets/'], ['/api/interactions']])(
    'answers 404 for %s and never the page in its place',
    async (path) => {
      const response = await web.request(path);
      expect(response.status).toBe(404);
      expect(await response.text()).toBe('Not found\n');
    },
  );

  test('names its version and forbids foreign content on every answer', async () => {
    for (const path of ['/', '/health', '/assets/none-00000000.css']) {
      const { headers } = await web.request(path);
      expect(headers.get('x-app-version')).toBe('1.2.3');
      expect(headers.get('content-security-policy')).toContain("default-src 'self'");
    }
  });
});
