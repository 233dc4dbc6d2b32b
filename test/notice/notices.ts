import type { Notice } from '../../src/notice/notice.ts';

export const succeeded: Notice = {
  app: 'shop',
  environment: 'production',
  job: 'deploy',
  verdict: 'succeeded',
  cause: null,
  deployment: '20261120-101502-007a1',
  release: '1f0c22ab90de',
  by: 'anna@laptop',
  startedAt: 0,
  endedAt: 83_400,
  url: 'https://shop.example.com',
};

export const rolledBack: Notice = {
  ...succeeded,
  verdict: 'rolled-back',
  cause: { code: 'gate-failed', service: 'api', what: 'sign in: 500 <oops> & more', evidence: [] },
};
