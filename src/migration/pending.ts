import type { PendingSource } from '../app/environment.ts';
import { Refusal } from '../refusal.ts';
import type { MetaCommand, Script } from './script.ts';

/** What prints the SQL of pending migrations, and how what it printed is read. */
export interface PendingTool {
  /** A script for `sh`; its arguments are `words`. */
  readonly script: string;
  readonly words: readonly string[];
  /** Whether it sends a script as one transaction without saying so in it. */
  readonly oneTransaction: boolean;
  /** `current`: the version of the schema, as the app's own command tells it; null where there is none. */
  read(lines: readonly string[], current: string | null): PendingSql;
}

export interface PendingSql {
  readonly pending: readonly Script[];
  /** Of the migrations before, as far as the tool has their SQL. */
  readonly applied: readonly Script[];
}

/** In front of each file or migration that a script prints. */
const fileMark = '-- fairway: file ';

export function pendingTool(source: PendingSource): PendingTool {
  switch (source.tool) {
    case 'command':
      return { script: 'exec "$@"', words: source.command, oneTransaction: false, read: asItIs };
    case 'sql-files':
      return { script: printFiles, words: [source.folder], oneTransaction: false, read: filesAfter };
    case 'node-pg-migrate':
      return {
        script: 'exec "$@" up --dry-run --verbose',
        words: source.command,
        oneTransaction: true,
        read: ofNodePgMigrate,
      };
    case 'prisma':
      return {
        script: prismaScript,
        words: [source.folder, ...source.command],
        oneTransaction: true,
        read: ofPrisma,
      };
    case 'alembic':
      return { script: alembicScript, words: source.command, oneTransaction: false, read: asItIs };
    case 'django':
      return { script: djangoScript, words: source.command, oneTransaction: false, read: ofDjango };
  }
}

function asItIs(lines: readonly string[]): PendingSql {
  return { pending: [{ name: null, sql: lines.join('\n') }], applied: [] };
}

/** Files of one folder, or of the folders in it. */
const printFiles = `[ -d "$1" ] || { echo "there is no folder $1 in the image" >&2; exit 1; }
for file in "$1"/*.sql "$1"/*/*.sql; do
  [ -f "$file" ] || continue
  printf '%s\\n' "${fileMark}\${file#"$1"/}"
  # Some logs drop empty lines, and lines are to be counted.
  sed 's/^$/ /' "$file" || exit 1
  echo
done`;

function filesIn(lines: readonly string[]): readonly Script[] {
  const files: { name: string; lines: string[] }[] = [];
  for (const line of lines)
    if (line.startsWith(fileMark)) files.push({ name: line.slice(fileMark.length), lines: [] });
    else files.at(-1)?.lines.push(line);
  return files.map(({ name, lines: own }) => ({ name, sql: own.join('\n') }));
}

const inOrder = (a: Script, b: Script): number =>
  (a.name ?? '').localeCompare(b.name ?? '', 'en', { numeric: true });

/** Files that lead forward, in the order of their names; those behind the current version are pending. */
function filesAfter(lines: readonly string[], current: string | null): PendingSql {
  const files = filesIn(lines)
    .filter(({ name }) => !/[._]down\.sql$/i.test(name ?? ''))
    .map(({ name, sql }) => ({ name, sql: forward(sql) }))
    .toSorted(inOrder);
  const version = current?.trim() ?? '';
  if (/^(|none|empty|null|nil|0|base)$/i.test(version)) return { pending: files, applied: [] };
  const last = files.findLastIndex(({ name }) => isVersion(name ?? '', version));
  if (last >= 0) return { pending: files.slice(last + 1), applied: files.slice(0, last + 1) };
  throw new Refusal({
    code: 'unknown-schema-version',
    what: `the schema is at ${version}, and no migration of the new image is called so`,
    where: 'migration.pending',
    why: files.length === 0 ? 'the folder holds no .sql files' : `the newest is ${files.at(-1)?.name ?? ''}`,
    next: 'let `migration.current` print the name or number of the newest migration, or deploy the version that has it',
  });
}

/** What takes it back stands in the same file with dbmate, goose and sql-migrate. */
function forward(sql: string): string {
  const [up = ''] = sql.split(/^-- *(?:migrate:down|\+goose Down|\+migrate Down)\b.*$/im);
  return up;
}

/** `0004`, `4`, `0004_activity` and `V4__activity` name the same file. */
function isVersion(name: string, version: string): boolean {
  const own = name.replace(/(\/migration|[._]up)?\.sql$/i, '').replace(/^V(?=\d)/, '');
  const wanted = version.replace(/^V(?=\d)/, '');
  if (own === wanted) return true;
  if (own.startsWith(wanted) && !/^[0-9a-z]/i.test(own.slice(wanted.length))) return true;
  return /^\d+$/.test(wanted) && Number.parseInt(own, 10) === Number(wanted);
}

/** It tells what it does between the statements, and leaves the transaction around all of them out. */
function ofNodePgMigrate(lines: readonly string[]): PendingSql {
  const talk = /^(>|#|Migrations complete|No migrations to run|dry run|Migrating files)/i;
  const sql = lines.map((line) => (talk.test(line) ? `-- ${line}` : line)).join('\n');
  return { pending: [{ name: null, sql }], applied: [] };
}

const prismaScript = `folder=$1
shift
"$@" migrate status 2>&1
set -- "$folder"
${printFiles}`;

/** `migrate status` names what is pending; the SQL is in the files. */
function ofPrisma(lines: readonly string[]): PendingSql {
  const files = filesIn(lines).toSorted(inOrder);
  const firstFile = lines.findIndex((line) => line.startsWith(fileMark));
  const status = lines.slice(0, firstFile === -1 ? lines.length : firstFile).map(withoutColours);
  const from = status.findIndex((line) => /have not yet been applied/i.test(line));
  const isBehind = from >= 0 && !status.some((line) => /not found locally|have failed/i.test(line));
  const upToDate = status.some((line) => /schema is up to date/i.test(line));
  const unmanaged = status.some((line) => /not managed by Prisma Migrate/i.test(line));
  if (!isBehind && !upToDate && !unmanaged)
    throw new Refusal({
      code: 'no-pending-sql',
      what: '`prisma migrate status` does not say which migrations are pending',
      where: 'migration.pending',
      why: status.map((line) => line.trim()).findLast((line) => line !== '') ?? 'it said nothing',
      next: 'mend what it says, or give a command of your own as `migration.pending`',
    });
  const listed = new Set(status.slice(from + 1).map((line) => line.trim()));
  const isPending = ({ name }: Script): boolean =>
    !upToDate && (unmanaged || listed.has((name ?? '').replace(/\/migration\.sql$/, '')));
  return { pending: files.filter(isPending), applied: files.filter((file) => !isPending(file)) };
}

function withoutColours(line: string): string {
  // oxlint-disable-next-line no-control-regex
  return line.replaceAll(/\u001b\[[0-9;]*m/g, '');
}

/** Offline mode begins where the schema is. Of several heads nobody knows the way. */
const alembicScript = `now=$("$@" current) || exit 1
[ "$(printf '%s\\n' "$now" | grep -c .)" -le 1 ] || { echo "the schema is at several heads: $now" >&2; exit 1; }
now=\${now%% *}
exec "$@" upgrade "\${now:+$now:}head" --sql`;

const djangoScript = `plan=$("$@" migrate --plan) || exit 1
printf '%s\\n' "$plan" | sed -n 's/^\\([A-Za-z_][A-Za-z0-9_]*\\)\\.\\([A-Za-z0-9_]*\\)$/\\1 \\2/p' | {
  while read -r app name; do
    printf '%s\\n' "${fileMark}$app.$name"
    "$@" sqlmigrate "$app" "$name" </dev/null || exit 1
  done
}`;

/** What is Python and no SQL is said in a comment. */
function ofDjango(lines: readonly string[]): PendingSql {
  const pending = filesIn(lines).map(({ name, sql }) => {
    const unreadable = sql
      .split('\n')
      .flatMap((line, index): readonly MetaCommand[] =>
        line.includes('CANNOT BE WRITTEN AS SQL')
          ? [{ line: index + 1, text: 'Python, which is no SQL', harmless: false }]
          : [],
      );
    return { name, sql, unreadable };
  });
  return { pending, applied: [] };
}
