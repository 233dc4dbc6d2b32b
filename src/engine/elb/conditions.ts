import { isIP } from 'node:net';
import type { RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import { invalidConfiguration, validationError } from './failures.ts';

const valueLimit = 5;
const wildcardLimit = 6;

/** Conditions in both notations: `Values` (host and path only) and the field's own `…Config`; both are given back. */
export function checkedConditions(conditions: readonly RuleCondition[] | undefined): RuleCondition[] {
  if (conditions === undefined || conditions.length === 0)
    throw validationError('A condition must be specified');
  const checked = conditions.map(checkedCondition);
  const values = checked.flatMap(valuesOf);
  if (values.length > valueLimit)
    throw validationError(`A rule can only have '${valueLimit}' condition values`);
  if (values.reduce((sum, value) => sum + wildcards(value), 0) > wildcardLimit)
    throw validationError(`A rule can only have '${wildcardLimit}' condition wildcards`);
  for (const field of ['host-header', 'path-pattern', 'http-request-method', 'source-ip']) {
    if (checked.filter((condition) => condition.Field === field).length > 1) {
      throw invalidConfiguration(`A rule can only have one '${field}' condition`);
    }
  }
  return checked;
}

function checkedCondition(condition: RuleCondition): RuleCondition {
  const field = condition.Field;
  refuseRegularExpressions(condition);
  if (condition.Values !== undefined && field !== 'host-header' && field !== 'path-pattern' && isField(field))
    throw validationError(`The 'Values' field is not compatible with '${field}'`);
  switch (field) {
    case 'host-header': {
      const values = inEitherNotation(
        field,
        'HostHeaderConfig',
        condition.Values,
        condition.HostHeaderConfig,
      );
      for (const value of values) matching(field, value, /^[-a-z0-9.*?]+$/i, 'a-z, A-Z, 0-9 and -.*?');
      return { Field: field, Values: values, HostHeaderConfig: { Values: values } };
    }
    case 'path-pattern': {
      const values = inEitherNotation(
        field,
        'PathPatternConfig',
        condition.Values,
        condition.PathPatternConfig,
      );
      for (const value of values)
        matching(field, value, /^[-\w.$/~"'@:+&*?]+$/, `a-z, A-Z, 0-9 and _-.$/~"'@:+&*?`);
      return { Field: field, Values: values, PathPatternConfig: { Values: values } };
    }
    case 'http-header': {
      const { HttpHeaderName: name, Values } = configOf(
        field,
        'HttpHeaderConfig',
        condition.HttpHeaderConfig,
      );
      if (name === undefined || name === '')
        throw validationError("A 'HttpHeaderName' must be specified with 'http-header'");
      if (name.length > 40) throw tooLong('HttpHeaderName', 40);
      matching('HttpHeaderName', name, /^[-\w!#$%&'*+.^`|~]+$/, 'those of a header name');
      if (name.toLowerCase() === 'host')
        throw invalidConfiguration("Use a 'host-header' condition to match the host header");
      return { Field: field, HttpHeaderConfig: { HttpHeaderName: name, Values: some(field, Values) } };
    }
    case 'http-request-method': {
      const { Values } = configOf(field, 'HttpRequestMethodConfig', condition.HttpRequestMethodConfig);
      const values = some(field, Values);
      for (const value of values) {
        if (value.length > 40) throw tooLong(field, 40);
        matching(field, value, /^[A-Z_-]+$/, 'A-Z, hyphen and underscore');
      }
      return { Field: field, HttpRequestMethodConfig: { Values: values } };
    }
    case 'query-string': {
      const { Values: pairs = [] } = configOf(field, 'QueryStringConfig', condition.QueryStringConfig);
      if (pairs.length === 0) throw validationError(`A '${field}' value must be specified`);
      for (const { Key: key = '', Value: value } of pairs) {
        if (value === undefined)
          throw validationError("A 'Value' must be specified in 'QueryStringKeyValuePair'");
        if (key.length > 128) throw tooLong('Key', 128);
        if (value.length > 128) throw tooLong('Value', 128);
      }
      return { Field: field, QueryStringConfig: { Values: pairs } };
    }
    case 'source-ip': {
      const { Values } = configOf(field, 'SourceIpConfig', condition.SourceIpConfig);
      const values = some(field, Values);
      for (const value of values)
        if (!isBlock(value))
          throw validationError(`The 'source-ip' value '${value}' is not a valid CIDR block`);
      return { Field: field, SourceIpConfig: { Values: values } };
    }
    case undefined:
    default:
      throw validationError(`Condition field '${field}' must be one of '[${fields.join(',')}]'`);
  }
}

const fields = [
  'path-pattern',
  'host-header',
  'http-header',
  'http-request-method',
  'query-string',
  'source-ip',
] as const;

const isField = (field: string | undefined): boolean => fields.some((known) => known === field);

function refuseRegularExpressions(condition: RuleCondition): void {
  const { RegexValues, HostHeaderConfig, PathPatternConfig, HttpHeaderConfig } = condition;
  const all = [RegexValues, HostHeaderConfig?.RegexValues, PathPatternConfig?.RegexValues];
  if ([...all, HttpHeaderConfig?.RegexValues].some((values) => values !== undefined && values.length > 0))
    throw invalidConfiguration('This engine does not have regular expressions in conditions');
}

/** One value in `Values`, or any number in the config, but not both. */
function inEitherNotation(
  field: string,
  name: string,
  values: string[] | undefined,
  config: { Values?: string[] | undefined } | undefined,
): string[] {
  if (values !== undefined && values.length > 0 && config !== undefined) {
    // What was described goes back in: both notations, saying the same.
    if (JSON.stringify(values) !== JSON.stringify(config.Values)) {
      throw validationError(
        `You cannot provide both Values and '${name}' for a condition of type '${field}'`,
      );
    }
  } else if (values !== undefined && values.length > 1)
    throw validationError(`The '${field}' field contains too many values; the limit is '1'`);
  return some(field, config?.Values ?? values, 'A condition value must be specified');
}

function configOf<Config>(field: string, name: string, config: Config | undefined): Config {
  if (config === undefined) throw validationError(`A '${name}' must be specified with '${field}'`);
  return config;
}

function some(
  field: string,
  values: string[] | undefined,
  otherwise = `A '${field}' value must be specified`,
): string[] {
  if (values === undefined || values.length === 0) throw validationError(otherwise);
  for (const value of values) {
    if (value === '') throw validationError(otherwise);
    if (value.length > 128) throw tooLong(field, 128);
  }
  return values;
}

const tooLong = (what: string, limit: number) =>
  validationError(`The '${what}' value is too long; the limit is '${limit}'`);

function matching(what: string, value: string, pattern: RegExp, allowed: string): void {
  if (!pattern.test(value))
    throw validationError(`The '${what}' value is invalid; the allowed characters are ${allowed}`);
}

function isBlock(value: string): boolean {
  const [address = '', bits = '', ...more] = value.split('/');
  const family = isIP(address);
  return (
    family !== 0 && more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32)
  );
}

function valuesOf(condition: RuleCondition): readonly string[] {
  const pairs = condition.QueryStringConfig?.Values?.map(({ Key = '', Value = '' }) => `${Key}=${Value}`);
  return (
    condition.HostHeaderConfig?.Values ??
    condition.PathPatternConfig?.Values ??
    condition.HttpHeaderConfig?.Values ??
    condition.HttpRequestMethodConfig?.Values ??
    pairs ??
    condition.SourceIpConfig?.Values ??
    []
  );
}

const wildcards = (value: string): number => value.replaceAll(/\\./g, '').match(/[*?]/g)?.length ?? 0;
