import * as fc from 'fast-check';

/**
 * The suite draws the same examples in every run, so that what fails in one place fails in every other.
 * `PROPERTY_SEED=…` draws others: a run with a new number is a search.
 */
fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 20_261_120) });
