interface ImportMetaEnv {
  /** The version of the front end, from package.json when it was built. */
  readonly APP_VERSION: string;
}
