import { describe, it } from 'vitest';
import { findDocker } from '../../docker/daemon.ts';
import { taskRuntimeConformance } from '../tasks/conformance.ts';
import { dockerHarness } from './docker-harness.ts';

const docker = await findDocker();
if (docker === null) describe.skip('the Docker runtime', () => it('needs Docker', () => {}));
else taskRuntimeConformance('the Docker runtime', async () => dockerHarness(docker));
