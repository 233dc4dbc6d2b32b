import type { RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import { invalidConfiguration, validationError } from './failures.ts';

/** Conditions in both notations: `Values` (host and path only) and the field's own `…Config`; both are given back. */
export function checkedConditions(conditions: readonly RuleCondition[] | undefined): RuleCondition[] {
  if (conditions === undefined || conditions.length === 0)
    throw validationError('A condition must be specified');
  const checked = conditions.map(checkedCondition);
  const values = checked.reduce((total, condition) => total + valuesOf(condition).length, 0);
  if (values > 5) throw invalidConfiguration('A rule can have at most 5 condition values');
  for (const field of ['host-header', 'path-pattern', 'http-request-method', 'source-ip']) {
    if (checked.filter((condition) => condition.Field === field).length > 1) {
      throw invalidConfiguration(`A rule can have at most one '${field}' condition`);
    }
  }
  return checked;
}

function checkedCondition(condition: RuleCondition): RuleCondition {
  if (condition.RegexValues !== undefined && condition.RegexValues.length > 0) {
    throw invalidConfiguration('This engine does not have regular expressions in conditions');
  }
  const field = condition.Field;
  switch (field) {
    case 'host-header': {
      const values = some(field, condition.HostHeaderConfig?.Values ?? condition.Values);
      return { Field: field, Values: values, HostHeaderConfig: { Values: values } };
    }
    case 'path-pattern': {
      const values = some(field, condition.PathPatternConfig?.Values ?? condition.Values);
      return { Field: field, Values: values, PathPatternConfig: { Values: values } };
    }
    case 'http-header': {
      const name = condition.HttpHeaderConfig?.HttpHeaderName;
      if (name === undefined || name === '')
        throw validationError("An 'http-header' condition must have an HttpHeaderName");
      return {
        Field: field,
        HttpHeaderConfig: { HttpHeaderName: name, Values: some(field, condition.HttpHeaderConfig?.Values) },
      };
    }
    case 'http-request-method':
      return {
        Field: field,
        HttpRequestMethodConfig: { Values: some(field, condition.HttpRequestMethodConfig?.Values) },
      };
    case 'query-string': {
      const values = condition.QueryStringConfig?.Values ?? [];
      if (values.length === 0) throw validationError(`A '${field}' condition must have a value`);
      return { Field: field, QueryStringConfig: { Values: values } };
    }
    case 'source-ip':
      return { Field: field, SourceIpConfig: { Values: some(field, condition.SourceIpConfig?.Values) } };
    case undefined:
    default:
      throw validationError(
        `Condition field '${field}' must be one of '[path-pattern, host-header, http-header, http-request-method, query-string, source-ip]'`,
      );
  }
}

function some(field: string, values: string[] | undefined): string[] {
  if (values === undefined || values.length === 0)
    throw validationError(`A '${field}' condition must have a value`);
  return values;
}

function valuesOf(condition: RuleCondition): readonly unknown[] {
  return (
    condition.HostHeaderConfig?.Values ??
    condition.PathPatternConfig?.Values ??
    condition.HttpHeaderConfig?.Values ??
    condition.HttpRequestMethodConfig?.Values ??
    condition.QueryStringConfig?.Values ??
    condition.SourceIpConfig?.Values ??
    []
  );
}
