import { describe, expect, it } from 'vitest';
import { findTool } from '../clients/tool.ts';
import { testEngine } from '../engine/core/rig.ts';
import { alarms } from './calls/alarms.ts';
import { balancing } from './calls/balancing.ts';
import { ecs } from './calls/ecs.ts';
import { parameters } from './calls/parameters.ts';
import { scaling } from './calls/scaling.ts';
import { secrets } from './calls/secrets.ts';
import { services } from './calls/services.ts';
import { startMoto } from './moto.ts';
import { engineParty, motoParty } from './party.ts';
import { compareAll, type Calls } from './sequences.ts';

const program = findTool('moto_server');
/** No alarm is evaluated by itself while calls are compared. */
const slow = ['--minute-ms', '3600000'];

describe.skipIf(program === null)('the engine answers as moto does, where moto answers as AWS does:', () => {
  it.each<[string, Calls]>([
    ['task definitions, clusters and tags', ecs],
    ['services', services],
    ['load balancers, target groups, listeners and rules', balancing],
    ['alarms', alarms],
    ['parameters', parameters],
    ['secrets', secrets],
    ['scaling', scaling],
  ])('%s', async (_title, calls) => {
    const [engine, moto] = await Promise.all([testEngine(slow), startMoto(program ?? '')]);
    const outcome = await compareAll(calls, engineParty(engine.folder, moto), motoParty(moto), {
      sequences: 3,
      length: 20,
    });
    expect(outcome.unexplained).toEqual([]);
    expect(outcome.answers).toBeGreaterThan(20);
  });
});
