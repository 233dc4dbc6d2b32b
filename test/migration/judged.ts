import type { ClassifiedStatement } from '../../src/migration/classification.ts';
import { classify } from '../../src/migration/classify.ts';
import type { Parser } from '../../src/migration/parser.ts';
import type { MigrationCase } from './table/case.ts';

/** What the classifier makes of a migration of the table. */
export function judged(parser: Parser, one: MigrationCase): readonly ClassifiedStatement[] {
  const { sql, applied, code, withoutLockTimeout } = one;
  const unreadable = code === undefined ? [] : [{ line: 1, text: code, harmless: false }];
  return classify(
    parser,
    [{ name: null, sql, unreadable }],
    { lockTimeout: withoutLockTimeout !== true, oneTransaction: false },
    applied === undefined ? [] : [{ name: null, sql: applied }],
  );
}

/** The classes of all reasons. */
export function classesOf(statements: readonly ClassifiedStatement[]): readonly string[] {
  return [...new Set(statements.flatMap(({ reasons }) => reasons.map((reason) => reason.class)))].toSorted();
}
