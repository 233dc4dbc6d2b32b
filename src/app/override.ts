/** Any part of what was said, again, and `null` to remove it: what `merge` does with values, told in types. */
export type Override<Said> = unknown extends Said
  ? Said
  : Said extends readonly unknown[] | string | number | boolean | null | undefined
    ? Said
    : { readonly [Key in keyof Said]?: Overridden<Key, Said[Key]> };

/** Said again as a whole. */
type Whole = 'expect' | 'body' | 'dsn' | 'metric';
/** Tables whose every value is a whole. */
type TableOfWholes = 'variables' | 'values';

type Overridden<Key, Value> = Key extends Whole
  ? Value | null
  : Key extends TableOfWholes
    ? { readonly [Name in keyof NonNullable<Value>]?: NonNullable<Value>[Name] | null } | null
    : Override<Value> | null;
