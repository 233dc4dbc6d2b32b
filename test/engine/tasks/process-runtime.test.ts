import { taskRuntimeConformance } from './conformance.ts';
import { processHarness } from './process-harness.ts';

taskRuntimeConformance('the process runtime', async () => processHarness());
