const orders = ['asc', 'desc'] as const;
type Order = (typeof orders)[number];

/** What the Finder asks for; it is the page's address and the API's query string alike. */
export interface ListQuery {
  readonly search: string;
  /** The name of a field; one that the API cannot sort by means the default. */
  readonly sort: string;
  readonly order: Order;
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
}

export interface ListAnswer<T> {
  readonly items: readonly T[];
  /** How many match in all. */
  readonly total: number;
  readonly page: number;
  readonly pageSize: number;
}

export const defaultListQuery: ListQuery = {
  search: '',
  sort: 'occurredAt',
  order: 'desc',
  page: 1,
  pageSize: 12,
};

/** Never fails: an address that somebody edited by hand shows the nearest sensible page. */
export function parseListQuery(parameters: URLSearchParams): ListQuery {
  return {
    search: (parameters.get('search') ?? '').trim().slice(0, 200).replaceAll('\0', ''),
    sort: parameters.get('sort') ?? defaultListQuery.sort,
    order: orders.find((order) => order === parameters.get('order')) ?? defaultListQuery.order,
    page: wholeNumber(parameters.get('page'), defaultListQuery.page, 1_000_000),
    pageSize: wholeNumber(parameters.get('pageSize'), defaultListQuery.pageSize, 100),
  };
}

/** Leaves out what is the default, so that addresses stay short. */
export function formatListQuery(query: ListQuery): URLSearchParams {
  const parameters = new URLSearchParams();
  if (query.search !== defaultListQuery.search) parameters.set('search', query.search);
  if (query.sort !== defaultListQuery.sort) parameters.set('sort', query.sort);
  if (query.order !== defaultListQuery.order) parameters.set('order', query.order);
  if (query.page !== defaultListQuery.page) parameters.set('page', String(query.page));
  if (query.pageSize !== defaultListQuery.pageSize) parameters.set('pageSize', String(query.pageSize));
  return parameters;
}

function wholeNumber(given: string | null, fallback: number, most: number): number {
  const value = Number(given ?? fallback);
  return Number.isInteger(value) && value >= 1 ? Math.min(value, most) : fallback;
}
