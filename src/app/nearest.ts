/** The candidate that somebody who wrote `word` most likely meant; null where none is close enough to be worth naming. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  let best: { candidate: string; distance: number } | null = null;
  const wanted = plain(word);
  if (wanted.length > 80) return null;
  for (const candidate of candidates) {
    const other = plain(candidate);
    const allowed = Math.max(1, Math.floor(Math.min(other.length, wanted.length + 1) / 3));
    if (Math.abs(other.length - wanted.length) > allowed) continue;
    const distance = edits(wanted, other);
    if (distance <= allowed && (best === null || distance < best.distance)) best = { candidate, distance };
  }
  return best === null ? null : best.candidate;
}

/** Case, hyphens and underscores are what people get wrong most, and are no difference in meaning. */
function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[-_\s]/g, '');
}

/** Optimal string alignment: insert, delete, replace, or swap two neighbours, each costs one. */
function edits(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
      );
      const swapped =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
