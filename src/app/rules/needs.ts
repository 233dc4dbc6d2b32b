import type { Found } from '../problems.ts';
import type { EnvironmentRule } from './rule.ts';

const SOUNDS_SECRET = /(^|_)(PASSWORD|PASSWD|SECRET|SECRET_KEY|PRIVATE_KEY|API_KEY|ACCESS_KEY|TOKEN)$/i;

/** The table of variables: what is required has a value, what is secret is not written down. */
export const needs: EnvironmentRule = (environment) => {
  const { settings, name: environmentName, engine } = environment;
  const found: Found[] = [];
  for (const [name, service] of Object.entries(settings.services)) {
    if (!('variables' in service)) continue;
    const table = service.needs ?? {};
    const values = { ...settings.variables, ...service.variables };
    for (const [variable, need] of Object.entries(table)) {
      if (!need.required || values[variable] !== undefined) continue;
      found.push({
        code: 'variable-without-value',
        path: ['services', name, 'needs', variable],
        what: `\`${variable}\` has no value in the environment \`${environmentName}\`.`,
        why: `\`${name}\` needs it${need.description === undefined ? '' : `: ${need.description}`}.`,
        next: `Set it in environments.${environmentName}.services.${name}.variables, or say \`required: false\`.`,
      });
    }
    if (engine === 'embedded') continue;
    for (const [variable, value] of Object.entries(values)) {
      const secret = table[variable]?.secret ?? SOUNDS_SECRET.test(variable);
      if (!secret || typeof value !== 'string' || value === '') continue;
      const own = service.variables?.[variable] !== undefined;
      found.push({
        code: 'secret-written-down',
        path: own ? ['services', name, 'variables', variable] : ['variables', variable],
        what: `\`${variable}\` is secret, and its value is written into the description.`,
        why: 'The description is kept in the repository, and everybody who reads that would know it.',
        next: `Keep it in Secrets Manager and refer to it: { secret: '…', key: '${variable}' }. If it is not secret, say so under \`needs\`.`,
      });
    }
  }
  return found;
};
