/** A metric's whole name. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Dimensions;
}

export type Dimensions = readonly { readonly name: string; readonly value: string }[];

/** Dimensions have no order: these are the same whatever order they were given in. */
export function metricOf(
  namespace: string | undefined,
  name: string | undefined,
  dimensions: readonly { readonly Name?: string | undefined; readonly Value?: string | undefined }[] = [],
): Metric {
  return {
    namespace: namespace ?? '',
    name: name ?? '',
    dimensions: dimensions
      .map(({ Name = '', Value = '' }) => ({ name: Name, value: Value }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

export const asDimensions = (dimensions: Dimensions) =>
  dimensions.map(({ name, value }) => ({ Name: name, Value: value }));

export const metricKey = ({ namespace, name, dimensions }: Metric): string =>
  JSON.stringify([namespace, name, ...dimensions.map((one) => [one.name, one.value])]);
