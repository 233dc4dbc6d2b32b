import type { LaunchType } from '@aws-sdk/client-ecs';

/** What tasks run on, which is told of Fargate's alone. `LATEST` is 1.4.0. */
export function platformOf(of: { readonly launchType: LaunchType; readonly platformVersion: string }) {
  return of.launchType === 'FARGATE'
    ? {
        platformVersion: of.platformVersion === 'LATEST' ? '1.4.0' : of.platformVersion,
        platformFamily: 'Linux',
      }
    : {};
}
