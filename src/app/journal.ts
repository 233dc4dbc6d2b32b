import type { AppEnvironment } from './app.ts';
import type { JournalPlace } from './environment.ts';
import { fill } from './names.ts';

/**
 * An environment on this machine is nobody else's, unless it says itself that others have a part in it; one on Amazon ECS
 * is changed by many.
 */
export function journalOf(app: string, { engine, name, settings, origin }: AppEnvironment): JournalPlace {
  if (engine === 'embedded' && !origin.saysItself(['journal'])) return { kind: 'this-machine' };
  const said = fill(settings.journal ?? 's3://{app}-{environment}-journal', { app, environment: name });
  const [bucket = '', ...folders] = said.slice('s3://'.length).split('/');
  const prefix = [...folders.filter((folder) => folder !== ''), app, name, ''].join('/');
  return { kind: 's3', bucket, prefix };
}
