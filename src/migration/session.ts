import type { Node, VariableSetStmt } from 'libpg-query';
import { harmless, unknown, type Finding } from './finding.ts';

/** Settings that change nobody else's session, nor what the statements after them mean. */
const own = new Set(
  'lock_timeout statement_timeout idle_in_transaction_session_timeout transaction_timeout search_path client_encoding standard_conforming_strings check_function_bodies xmloption client_min_messages row_security default_tablespace default_table_access_method timezone datestyle intervalstyle work_mem maintenance_work_mem application_name role session_authorization bytea_output extra_float_digits max_parallel_maintenance_workers synchronous_commit transaction'.split(
    ' ',
  ),
);

/** `SET`, `RESET` and what else concerns the session of the migration only; null for everything else. */
export function inSession(node: Node): Finding | null {
  if ('TransactionStmt' in node)
    return node.TransactionStmt.kind === 'TRANS_STMT_PREPARE'
      ? unknown('a prepared transaction keeps its locks until somebody ends it')
      : harmless;
  if ('VariableSetStmt' in node) {
    const { name = '', kind } = node.VariableSetStmt;
    const known =
      own.has(name.toLowerCase()) ||
      kind === 'VAR_RESET' ||
      kind === 'VAR_RESET_ALL' ||
      kind === 'VAR_SET_DEFAULT' ||
      kind === 'VAR_SET_MULTI';
    return known ? harmless : unknown(`what the setting ${name} changes is not known here`);
  }
  const kinds = [
    'ConstraintsSetStmt',
    'NotifyStmt',
    'ListenStmt',
    'UnlistenStmt',
    'DiscardStmt',
    'CheckPointStmt',
    'VariableShowStmt',
    'DeclareCursorStmt',
    'ClosePortalStmt',
    'FetchStmt',
    'DeallocateStmt',
  ];
  return kinds.some((kind) => kind in node) ? harmless : null;
}

/** Whether a `SET` leaves a limit on waiting for locks; null where it says nothing of it, `reset` where it is what it was. */
export function lockTimeoutAfter({ name, kind, args = [] }: VariableSetStmt): boolean | 'reset' | null {
  if (kind === 'VAR_RESET_ALL') return 'reset';
  if (name !== 'lock_timeout') return null;
  if (kind !== 'VAR_SET_VALUE') return 'reset';
  const [value] = args;
  if (value === undefined || !('A_Const' in value)) return false;
  const { ival, sval, fval } = value.A_Const;
  const said = sval?.sval ?? fval?.fval ?? String(ival?.ival ?? 0);
  return Number.parseFloat(said) > 0;
}

/** What PostgreSQL refuses within a transaction; null for what may be part of one. */
export function standsAlone(node: Node): string | null {
  if ('IndexStmt' in node) return node.IndexStmt.concurrent === true ? 'CREATE INDEX CONCURRENTLY' : null;
  if ('DropStmt' in node) return node.DropStmt.concurrent === true ? 'DROP INDEX CONCURRENTLY' : null;
  if ('VacuumStmt' in node) return node.VacuumStmt.is_vacuumcmd === true ? 'VACUUM' : null;
  if ('CreatedbStmt' in node) return 'CREATE DATABASE';
  if ('DropdbStmt' in node) return 'DROP DATABASE';
  if ('AlterSystemStmt' in node) return 'ALTER SYSTEM';
  if ('CreateTableSpaceStmt' in node) return 'CREATE TABLESPACE';
  if ('ReindexStmt' in node) {
    const { params = [], kind } = node.ReindexStmt;
    const concurrent = params.some((param) => 'DefElem' in param && param.DefElem.defname === 'concurrently');
    return concurrent
      ? 'REINDEX CONCURRENTLY'
      : kind === 'REINDEX_OBJECT_DATABASE' || kind === 'REINDEX_OBJECT_SCHEMA'
        ? 'REINDEX of more than a table'
        : null;
  }
  if ('AlterTableStmt' in node) {
    const detaches = (node.AlterTableStmt.cmds ?? []).some((command) => {
      const def = 'AlterTableCmd' in command ? command.AlterTableCmd.def : undefined;
      return def !== undefined && 'PartitionCmd' in def && def.PartitionCmd.concurrent === true;
    });
    return detaches ? 'DETACH PARTITION CONCURRENTLY' : null;
  }
  return null;
}
