import type { Entry } from '../journal/event.ts';
import type { AppState } from '../ecs/state.ts';

/** What a deployment tells while it runs, for the terminal and for `--json`. */
export type Progress =
  | { readonly kind: 'step'; readonly step: Step; readonly detail: string }
  /** Written to the journal just now. */
  | { readonly kind: 'entry'; readonly deployment: string; readonly entry: Entry }
  | { readonly kind: 'waiting'; readonly for: string }
  | { readonly kind: 'state'; readonly state: AppState };

/** The steps of the main job, in their order. */
export type Step =
  | 'load'
  | 'lease'
  | 'preflight'
  | 'plan'
  | 'build'
  | 'push'
  | 'register'
  | 'classify'
  | 'migrate'
  | 'update'
  | 'gates'
  | 'shift'
  | 'compare'
  | 'bake'
  | 'clean-up'
  | 'undo';
