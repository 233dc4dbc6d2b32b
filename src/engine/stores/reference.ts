/** An image by the name and tag that Docker Hub knows it by. */
export interface HubReference {
  /** `redis`, `postgis/postgis` */
  readonly name: string;
  readonly tag: string;
}

const form =
  /^(?:docker\.io\/|public\.ecr\.aws\/docker\/)?(?:library\/)?([a-z0-9-]+(?:\/[a-z0-9-]+)?)(?::([\w.-]+))?$/;

/** Null for an image by digest, and for one of another registry. */
export function hubReference(image: string): HubReference | null {
  const [, name, tag] = form.exec(image) ?? [];
  return name === undefined ? null : { name, tag: tag ?? 'latest' };
}

/** Whether a tag such as `7`, `7.2-alpine` or `latest` means this version: as far as it names one, and any where it does not. */
export function means(tag: string, version: string): boolean {
  const wanted = /^\d+(?:\.\d+)*/.exec(tag)?.[0];
  return wanted === undefined || version === wanted || version.startsWith(`${wanted}.`);
}
