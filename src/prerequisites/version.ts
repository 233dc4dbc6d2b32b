/** `24.0.5`, `1.6`: what was found of the parts of a version, the first being the largest. */
export type Version = readonly number[];

/** The first version in what a program says of itself; null where it names none. */
export function versionIn(text: string): Version | null {
  const found = /(?<![\w.])v?(\d+(?:\.\d+){0,2})/.exec(text)?.[1];
  return found === undefined ? null : versionOf(found);
}

export function versionOf(text: string): Version {
  return text.split('.').map(Number);
}

/** A part that is not said is 0: 2.40 is as new as 2.40.0. */
export function isOlder(found: Version, wanted: Version): boolean {
  for (let part = 0; part < Math.max(found.length, wanted.length); part += 1) {
    const [one, other] = [found[part] ?? 0, wanted[part] ?? 0];
    if (one !== other) return one < other;
  }
  return false;
}

export function versionText(version: Version): string {
  return version.join('.');
}
