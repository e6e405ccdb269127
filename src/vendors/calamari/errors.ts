/** What can go wrong with Calamari. The words behind `calamari_` say to the core what it means: docs/developing/adding-a-vendor.md. */
import type { ErrorEntry } from '../error-entry';

export const CALAMARI_ERRORS = {
  calamari_unauthorized: {
    retry: false,
    http: 502,
    message: 'Calamari refused the key (401 or 403).',
    todo: 'Set CALAMARI_API_KEY to a key with the right to read absences and restart the worker.',
  },
  calamari_unavailable: {
    retry: true,
    http: 503,
    message: 'Calamari cannot be reached, is failing, or limits the rate.',
    todo: 'Wait: tasks are made unassigned meanwhile and assigned when it answers.',
  },
} as const satisfies Record<`calamari_${string}`, ErrorEntry>;
