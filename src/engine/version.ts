/** The version of the package that this engine is part of: a client of another version can tell by `engine.json`. */
export const engineVersion = '0.1.0';

/** The format of `engine.json` and `credentials.json`. */
export const addressFormat = 1;
