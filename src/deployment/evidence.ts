export type { Evidence, Figure } from '../journal/evidence.ts';
