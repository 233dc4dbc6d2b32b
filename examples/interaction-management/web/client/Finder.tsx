import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { Interaction } from '../../interaction/interaction.ts';
import {
  formatListQuery,
  type ListAnswer,
  type ListQuery,
  parseListQuery,
} from '../../interaction/list-query.ts';
import { ActivityPanel } from './ActivityPanel.tsx';
import { api } from './api.ts';
import { type Column, columns } from './finder-columns.tsx';
import { Link, navigate, useAddress } from './routing.tsx';
import { useLoaded } from './use-loaded.ts';

/** How long typing must rest before it is searched for. */
const debounceMilliseconds = 200;

/** The searchable table. What it shows stands in the address, so that going back and sharing a link work. */
export function Finder() {
  const address = useAddress();
  const query = parseListQuery(address.searchParams);
  const { loaded, reload } = useLoaded(formatListQuery(query).toString(), (signal) =>
    api.list(query, signal),
  );

  const show = (change: Partial<ListQuery>, options?: { replace: boolean }) => {
    const parameters = formatListQuery({ ...query, page: 1, ...change }).toString();
    navigate(parameters === '' ? '/' : `/?${parameters}`, options);
  };

  return (
    <div className="with-side">
      <section className="card finder" aria-labelledby="finder-heading">
        <div className="finder-head">
          <h1 id="finder-heading">Finder</h1>
          <SearchBox search={query.search} onSearch={(search) => show({ search }, { replace: true })} />
          <Link href="/interactions/new" className="button primary">
            Add interaction
          </Link>
        </div>
        {loaded.state === 'failed' && (
          <div className="state" role="alert">
            <h2>The list cannot be shown</h2>
            <p>{loaded.message}</p>
            <button type="button" onClick={reload}>
              Try again
            </button>
          </div>
        )}
        {loaded.state === 'loading' && <LoadingTable rows={query.pageSize} />}
        {loaded.state === 'ready' && (
          <div aria-busy={loaded.stale} className={loaded.stale ? 'stale' : ''}>
            <Table answer={loaded.value} query={query} show={show} />
          </div>
        )}
      </section>
      <ActivityPanel />
    </div>
  );
}

function SearchBox({
  search,
  onSearch,
}: {
  readonly search: string;
  readonly onSearch: (search: string) => void;
}) {
  const [text, setText] = useState(search);
  const input = useRef<HTMLInputElement>(null);

  // The address may change without typing: going back, or a link.
  useEffect(() => setText((typed) => (typed.trim() === search ? typed : search)), [search]);

  useEffect(() => {
    if (text.trim() === search) return undefined;
    const timer = setTimeout(() => onSearch(text.trim()), debounceMilliseconds);
    return () => clearTimeout(timer);
    // Only typing starts the wait; `onSearch` is a new function on every render.
  }, [text]);

  useEffect(() => {
    const focusOnSlash = (event: globalThis.KeyboardEvent) => {
      const typing =
        event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (event.key !== '/' || typing || event.metaKey || event.ctrlKey || event.altKey) return;
      event.preventDefault();
      input.current?.focus();
    };
    document.addEventListener('keydown', focusOnSlash);
    return () => document.removeEventListener('keydown', focusOnSlash);
  }, []);

  const clearOnEscape = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    // The browser would empty the field without telling React.
    event.preventDefault();
    setText('');
    onSearch('');
  };

  return (
    <search className="search">
      <input
        ref={input}
        type="search"
        aria-label="Search title, contact, organisation and notes"
        placeholder="Search title, contact, organisation, notes"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={clearOnEscape}
      />
      <kbd aria-hidden="true">/</kbd>
    </search>
  );
}

interface TableProps {
  readonly answer: ListAnswer<Interaction>;
  readonly query: ListQuery;
  readonly show: (change: Partial<ListQuery>) => void;
}

function Table({ answer, query, show }: TableProps) {
  const { items, total, page, pageSize } = answer;
  const pages = Math.max(1, Math.ceil(total / pageSize));
  if (items.length === 0) {
    return (
      <div className="state">
        <h2>{query.search === '' ? 'Nothing here yet' : `Nothing matches “${query.search}”`}</h2>
        {query.search !== '' && (
          <button type="button" onClick={() => show({ search: '' })}>
            Clear the search
          </button>
        )}
        {query.search === '' && page > 1 && (
          <button type="button" onClick={() => show({ page: pages })}>
            Go to the last page
          </button>
        )}
      </div>
    );
  }
  const first = (page - 1) * pageSize + 1;
  return (
    <>
      <div className="table-scroll">
        <table>
          <caption className="hidden">Interactions, {total} in all</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <Heading key={column.field} column={column} query={query} show={show} />
              ))}
            </tr>
          </thead>
          <tbody>
            {items.map((interaction) => (
              <tr key={interaction.id}>
                {columns.map(({ field, cell, className }) => (
                  <td key={field} className={className}>
                    {cell(interaction)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <nav className="pager" aria-label="Pages">
        <span role="status">
          {first}–{first + items.length - 1} of {total}
        </span>
        <button type="button" disabled={page <= 1} onClick={() => show({ page: page - 1 })}>
          Previous
        </button>
        <span className="muted">
          Page {page} of {pages}
        </span>
        <button type="button" disabled={page >= pages} onClick={() => show({ page: page + 1 })}>
          Next
        </button>
      </nav>
    </>
  );
}

function Heading({ column, query, show }: Omit<TableProps, 'answer'> & { readonly column: Column }) {
  const sorted = query.sort === column.field;
  const opposite = query.order === 'asc' ? 'desc' : 'asc';
  const order = sorted ? opposite : column.firstOrder;
  const direction = query.order === 'asc' ? 'ascending' : 'descending';
  return (
    <th scope="col" aria-sort={sorted ? direction : 'none'} className={column.className}>
      <button type="button" onClick={() => show({ sort: column.field, order })}>
        {column.label}
        <span className="sort-mark" aria-hidden="true">
          {sorted && (query.order === 'asc' ? '▲' : '▼')}
        </span>
      </button>
    </th>
  );
}

function LoadingTable({ rows }: { readonly rows: number }) {
  return (
    <div className="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} />
      ))}
    </div>
  );
}
