import type { ClassifiedStatement } from './classification.ts';
import { worst } from './classification.ts';
import { lockModes, stopsWriters, type Finding, type Lock, type Reason } from './finding.ts';
import { spoken } from './names.ts';
import type { ParsedStatement, Parser } from './parser.ts';
import { nothingKnown, type Schema } from './schema.ts';
import { after } from './schema-after.ts';
import { withoutPsql, type MetaCommand, type Script } from './script.ts';
import { lockTimeoutAfter, standsAlone } from './session.ts';
import { fingerprintOf, fingerprintOfText, shapeOf } from './shape.ts';
import { findingOf } from './statement.ts';

export interface Circumstances {
  /** Whether the migration's session gives up waiting for a lock, unless its SQL says otherwise. */
  readonly lockTimeout: boolean;
  /** Whether the tool sends each script as one transaction, though the script does not say so. */
  readonly oneTransaction: boolean;
}

/** A statement, what it would do, and what is true of the session when its turn comes. */
interface Judged extends ParsedStatement {
  readonly finding: Finding;
  readonly waits: 'limited' | 'for ever';
  /** The transaction it is part of; null for one of its own. */
  readonly transaction: number | null;
  /** The transaction is in the SQL, or is known of the tool; else it is what has to be reckoned with. */
  readonly isCertain: boolean;
}

/**
 * Classifies the pending SQL against the revision that still runs. `applied` is the SQL of the migrations of before, as
 * far as it is at hand: with it, types, keys and indexes of the running revision are known. Throws a `Refusal` for SQL
 * that does not parse.
 */
export function classify(
  parser: Parser,
  pending: readonly Script[],
  { lockTimeout, oneTransaction }: Circumstances,
  applied: readonly Script[] = [],
): readonly ClassifiedStatement[] {
  let schema = applied.reduce((known, script) => applyScript(parser, known, script), nothingKnown);
  let unlimited = false;
  return pending.flatMap((script) => {
    const { script: readable, commands } = withoutPsql(script);
    const statements = parser.parse(readable);
    const session = openSession(lockTimeout && !unlimited, oneTransaction && statements.length > 1);
    // What PostgreSQL refuses in a transaction shows that there is none.
    const assumed = !statements.some(({ node }) => standsAlone(node) !== null || 'TransactionStmt' in node);
    // Each may be a session of its own, where names are looked for as usual.
    schema = { ...schema, path: nothingKnown.path };
    const judged = statements.map((statement): Judged => {
      const { node, text } = statement;
      const finding = findingOf(schema, node, text, parser);
      schema = after(schema, node, true);
      const state = session.next(node);
      const within = state.transaction ?? (assumed ? 0 : null);
      return {
        ...statement,
        finding,
        waits: state.waits,
        transaction: within,
        isCertain: state.transaction !== null,
      };
    });
    unlimited ||= session.isUnlimited();
    return [
      ...judged.map((one) => classified(parser, script.name, one, judged)),
      ...[...commands, ...(script.unreadable ?? [])].flatMap((command) => ofCommand(script.name, command)),
    ].toSorted((a, b) => a.line - b.line);
  });
}

/** What was applied before is what runs: of it only what it made is of interest. */
function applyScript(parser: Parser, schema: Schema, script: Script): Schema {
  return parser
    .parse(withoutPsql(script).script)
    .reduce((known, { node }) => after(known, node, false), schema);
}

/** Follows transactions and `lock_timeout` through a script. */
function openSession(initially: boolean, begun: boolean) {
  let transaction: number | null = begun ? 0 : null;
  let count = 0;
  let isLimited = initially;
  let beyond = initially;
  return { next, isUnlimited: () => initially && !isLimited };

  function next(node: ParsedStatement['node']): Pick<Judged, 'waits' | 'transaction'> {
    if ('TransactionStmt' in node) {
      const { kind } = node.TransactionStmt;
      if (kind === 'TRANS_STMT_BEGIN' || kind === 'TRANS_STMT_START') {
        count += 1;
        transaction = count;
        beyond = isLimited;
      }
      if (kind === 'TRANS_STMT_COMMIT' || kind === 'TRANS_STMT_ROLLBACK' || kind === 'TRANS_STMT_PREPARE') {
        transaction = null;
        isLimited = beyond;
      }
    }
    if ('VariableSetStmt' in node) {
      const limited = lockTimeoutAfter(node.VariableSetStmt);
      if (limited !== null) {
        isLimited = limited === 'reset' ? initially : limited;
        // `SET LOCAL` ends with its transaction.
        if (node.VariableSetStmt.is_local !== true) beyond = isLimited;
      }
    }
    return { waits: isLimited ? 'limited' : 'for ever', transaction };
  }
}

function classified(
  parser: Parser,
  script: string | null,
  one: Judged,
  all: readonly Judged[],
): ClassifiedStatement {
  const { finding, line, text } = one;
  const reasons = [
    ...refusals(one),
    ...finding.reasons,
    ...finding.locks.flatMap((lock) => blocking(lock, one, all)),
  ];
  return {
    script,
    line,
    waits: one.waits,
    shown: shapeOf(one, parser),
    fingerprint: fingerprintOf(text, parser),
    class: worst(reasons.map((reason) => reason.class)),
    reasons: unrepeated(reasons),
    locks: strongest(finding.locks),
  };
}

function refusals({ node, transaction, isCertain }: Judged): readonly Reason[] {
  const alone = standsAlone(node);
  if (alone === null || transaction === null || !isCertain) return [];
  return [
    {
      class: 'fails',
      why: `PostgreSQL refuses ${alone} inside a transaction`,
      instead: 'put it into a migration of its own, without a transaction',
    },
  ];
}

/** What a lock does to those who write, or read, meanwhile. */
function blocking(lock: Lock, one: Judged, all: readonly Judged[]): readonly Reason[] {
  const { table, mode, during, instead } = lock;
  if (!stopsWriters(mode)) return [];
  const who = mode === 'ACCESS EXCLUSIVE' ? 'readers and writers' : 'writers';
  const name = spoken(table);
  const reason = (why: string, way: string | null): Reason => ({
    class: 'blocks-writers',
    why,
    instead: way,
  });
  if (during !== null)
    return [reason(`${who} of ${name} wait while ${during} under its ${mode} lock`, instead)];
  const reasons: Reason[] = [];
  if (one.waits === 'for ever')
    reasons.push(
      reason(
        `it waits for its ${mode} lock on ${name} without a limit, and ${who} queue behind it`,
        "`SET lock_timeout = '5s'` before it",
      ),
    );
  const working =
    one.transaction === null
      ? undefined
      : all
          .slice(all.indexOf(one) + 1)
          .find((later) => later.transaction === one.transaction && later.finding.works);
  if (working !== undefined)
    reasons.push(
      reason(
        `its ${mode} lock on ${name} is held until its transaction ends, so ${who} wait while line ${working.line} works`,
        'put the two into migrations, and transactions, of their own',
      ),
    );
  return reasons;
}

function unrepeated(reasons: readonly Reason[]): readonly Reason[] {
  return reasons.filter(
    (reason, index) =>
      reasons.findIndex((other) => other.class === reason.class && other.why === reason.why) === index,
  );
}

/** Of each table the lock that it comes to. */
function strongest(locks: readonly Lock[]): readonly Lock[] {
  const byTable = new Map<string, Lock>();
  for (const lock of locks) {
    const known = byTable.get(lock.table);
    if (known === undefined || order(lock) > order(known)) byTable.set(lock.table, lock);
  }
  return [...byTable.values()];
}

/** Among equal modes the one that is held long. */
function order({ mode, during }: Lock): number {
  return lockModes.indexOf(mode) * 2 + (during === null ? 0 : 1);
}

function ofCommand(
  script: string | null,
  { line, text, harmless }: MetaCommand,
): readonly ClassifiedStatement[] {
  if (harmless) return [];
  const why = 'it is not SQL, and what it does cannot be seen here';
  const shown = text.split(/\s/)[0] ?? text;
  return [
    {
      script,
      line,
      waits: 'limited',
      shown,
      fingerprint: fingerprintOfText(text),
      class: 'unknown',
      reasons: [{ class: 'unknown', why, instead: 'allow it where it is known to do no harm' }],
      locks: [],
    },
  ];
}
