export const user = { name: 'anna', password: 'very-secret-value-0815' } as const;

/** May pull, and not push; known where tokens are given out. */
export const reader = { name: 'rita', password: 'only-reads-4711' } as const;

/** What `docker login` keeps instead of the user's password where a registry gives such out. */
export const identityToken = 'identity-token-of-anna-0817';
