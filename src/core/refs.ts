/** Names of things and people, as everything in Errand writes them. */

/** `toISOString()`: always UTC with milliseconds, so text order is time order. */
export type Instant = string;

/** A key under `people:` in the rules; never an e-mail address. */
export type PersonKey = string;

/** Names one workflow: `{ source: 'sentry', scope: 'acme', id: '4711' }`. */
export type IssueRef = { source: string; scope: string; id: string };

export type TaskRef = { tracker: string; id: string; url: string };

/** By what names people are known; only those whose name is known. */
export type Names = Record<PersonKey, string>;
