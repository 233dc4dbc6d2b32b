/** What `{app}`, `{environment}` and `{service}` stand for. Others stay: they are filled in when an image is tagged. */
export interface Words {
  readonly app: string;
  readonly environment: string;
  readonly service?: string;
}

export function fill(template: string, words: Words): string {
  return template.replaceAll(/\{(app|environment|service)\}/g, (placeholder, word: string) => {
    switch (word) {
      case 'app':
        return words.app;
      case 'environment':
        return words.environment;
      default:
        return words.service ?? placeholder;
    }
  });
}

/**
 * A port that an app keeps for ever without anybody choosing it: even, from 20000 up and below where systems take
 * ephemeral ones. FNV-1a over the names.
 */
export function portOf(app: string, environment: string): number {
  let hash = 0x811c9dc5;
  for (const character of `${app}/${environment}`) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return 20_000 + ((hash >>> 0) % 6000) * 2;
}
