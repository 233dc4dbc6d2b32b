/**
 * Where a request breaks its operation's schema though it could be read. Each service answers with its own error, so
 * the protocols only collect these. `path` is written as AWS writes it: `containerDefinitions.1.member.name`.
 */
export type Violation =
  | { readonly kind: 'missing'; readonly path: string; readonly structure: string; readonly of: string }
  | {
      readonly kind: 'not allowed';
      readonly path: string;
      readonly value: string;
      readonly allowed: readonly string[];
    };

export type Violations = readonly [Violation, ...Violation[]];

/** The wording of AWS's common validation, which most services use. */
export function constraintMessage(violations: Violations): string {
  const count = violations.length === 1 ? '1 validation error' : `${violations.length} validation errors`;
  return `${count} detected: ${violations.map(constraint).join('; ')}`;
}

function constraint(violation: Violation): string {
  const path = violation.path.split('.').map(lowerFirst).join('.');
  switch (violation.kind) {
    case 'missing':
      return `Value null at '${path}' failed to satisfy constraint: Member must not be null`;
    case 'not allowed':
      return `Value '${violation.value}' at '${path}' failed to satisfy constraint: Member must satisfy enum value set: [${violation.allowed.join(', ')}]`;
  }
}

function lowerFirst(word: string): string {
  return word.charAt(0).toLowerCase() + word.slice(1);
}
