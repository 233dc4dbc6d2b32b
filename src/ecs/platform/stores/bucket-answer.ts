import { get } from 'node:http';
import type { Readiness } from './setup.ts';

/** Whether S3 serves on a loopback port: what is unsigned it refuses (403). */
export function bucketAnswers(port: number): Promise<Readiness> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/', timeout: 2000, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 403 ? 'ready' : `it answered ${response.statusCode}`);
    });
    request.on('timeout', () => request.destroy(new Error('it accepts connections and says nothing')));
    request.on('error', (error) => resolve(error.message));
  });
}
