/**
 * The catalogue of error codes. Every code that an operator can meet (in `attention`, in an HTTP error body, in the
 * CLI's words) is one row here or in its vendor's own table, documented under the same heading in docs/using/errors.md; a test compares the two.
 */

import type { Meaning } from './core/vendor';
import { ASANA_ERRORS } from './vendors/asana/errors';
import { CALAMARI_ERRORS } from './vendors/calamari/errors';
import { SENTRY_ERRORS } from './vendors/sentry/errors';
import { SLACK_ERRORS } from './vendors/slack/errors';
import type { ErrorEntry } from './vendors/error-entry';

function of<T extends Record<string, ErrorEntry>>(vendor: string, table: T): { [K in keyof T]: ErrorEntry } {
  return Object.fromEntries(Object.entries(table).map(([code, entry]) => [code, { ...entry, vendor }])) as {
    [K in keyof T]: ErrorEntry;
  };
}

export const CATALOGUE = {
  ...of('Sentry', SENTRY_ERRORS),
  ...of('Asana', ASANA_ERRORS),
  ...of('Calamari', CALAMARI_ERRORS),
  ...of('Slack', SLACK_ERRORS),
  // Rules
  rules_broken: {
    retry: false,
    http: 200,
    message: 'The rules have mistakes: the earlier rules stay in force.',
    todo: '`errand rules check` lists every mistake at its place, and so do the logs; the repaired files are taken within seconds.',
  },
  // Decisions
  nobody_available: {
    retry: false,
    http: 200,
    message: 'Nobody whom the rule names is available.',
    todo: '`errand reassign <id> --to <person>`, or wait: it is decided again on the next working morning.',
  },
  unknown_person: {
    retry: false,
    http: 422,
    message: 'This person is not under `people` in the rules, or their Asana address is unknown to Asana.',
    todo: 'Use a key under `people`, or correct the `asana` address there.',
  },
  storm_held: {
    retry: false,
    http: 200,
    message: 'Too many new tasks of one Sentry project at once: this one waits for its turn.',
    todo: 'Look at what broke: `errand storms` shows the project, and its storm task lists all waiting issues. Tasks are made in order of arrival; `errand release --project <slug>` makes those of one project now.',
  },
  storm_unknown: {
    retry: false,
    http: 404,
    message: 'No issue of this project is held.',
    todo: '`errand storms` lists the projects where issues are held.',
  },
  never_settled: {
    retry: false,
    http: 500,
    message: 'Errand planned steps for this issue without an end.',
    todo: 'Report this with the history of the workflow; `errand retry <id>` tries once more.',
  },
  unexpected: {
    retry: true,
    http: 500,
    message: 'Something unexpected happened.',
    todo: 'Read the message beside this code and the worker’s log; report it if it is not clear.',
  },
  not_able: {
    retry: false,
    http: 503,
    message: 'This installation cannot do that now (mode, token or chat).',
    todo: 'Nothing needs to be done: it is done once MODE, token or chat allow it. See `errand doctor`.',
  },
  // HTTP
  bad_signature: {
    retry: false,
    http: 401,
    message: 'The signature is missing, or does not match the body.',
    todo: 'Compare SENTRY_CLIENT_SECRET with the client secret of the integration in Sentry.',
  },
  not_json: {
    retry: false,
    http: 400,
    message: 'The body of the legacy webhook is not JSON.',
    todo: 'Send it as Sentry’s legacy plugin does: a JSON body.',
  },
  too_large: {
    retry: false,
    http: 413,
    message: 'The body is over 5 MiB.',
    todo: 'Sentry does not send this much; look at who does.',
  },
  not_found: {
    retry: false,
    http: 404,
    message: 'There is no such page.',
    todo: 'The routes are in docs/using/http-api.md.',
  },
  issue_unknown: {
    retry: false,
    http: 404,
    message: 'No such issue is known here.',
    todo: 'Use the id from `errand issues`: sentry:org:123, 123, or the short id.',
  },
  inbox_full: {
    retry: false,
    http: 500,
    message: 'The inbox is full.',
    todo: 'See that Temporal is up and that the disk has room.',
  },
  inbox_failed: {
    retry: false,
    http: 500,
    message: 'The inbox cannot write to disk.',
    todo: 'See that DATA_DIR is writable and the disk has room.',
  },
  unauthorized: {
    retry: false,
    http: 401,
    message: 'A token is needed.',
    todo: 'Send Authorization: Bearer with a token of OPERATOR_TOKENS or DATA_DIR/operator-token.',
  },
  forbidden: {
    retry: false,
    http: 403,
    message: 'This token’s role is too low.',
    todo: 'Use a token with the role named.',
  },
  invalid: { retry: false, http: 422, message: 'The request is not valid.', todo: 'Correct what the message names.' },
  temporal_unavailable: {
    retry: true,
    http: 503,
    message: 'Temporal cannot be reached.',
    todo: 'Webhooks are still kept. Start Temporal, or correct TEMPORAL_ADDRESS.',
  },
  errand_unreachable: {
    retry: false,
    http: 503,
    message: 'Errand cannot be reached: nobody answers at its address.',
    todo: 'Start it with `npx errand up`. One that runs with another DATA_DIR is found with the same DATA_DIR here, or with --url and --token (for the operators’ commands also ERRAND_URL and ERRAND_TOKEN).',
  },
  sweep_unavailable: {
    retry: false,
    http: 404,
    message: 'No sweeps run here, or there is no sweep, audit or rebuild with that number.',
    todo: 'Set SENTRY_AUTH_TOKEN and start a worker, which begins to sweep; over HTTP, take the number that was answered.',
  },
  workflow_stuck: {
    retry: false,
    http: 500,
    vendor: 'Temporal',
    message: 'The workflow cannot go on and cannot answer: its tasks fail.',
    todo: 'Open it in the Web UI: its history may not fit this version of Errand. Go back to the version before, and report it.',
  },
  workflow_failed: {
    retry: false,
    http: 500,
    vendor: 'Temporal',
    message: 'The workflow ended too early: it was terminated, failed or timed out.',
    todo: '`errand retry <id>` begins a new run, which finds its task again. A workflow that is not an issue starts again when a worker starts.',
  },
  worker_unavailable: { retry: true, http: 503, message: 'No worker answered.', todo: 'Start one: `errand worker`.' },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof CATALOGUE;
/** Of a vendor that is not in the catalogue, too: its name in the registry, and what the core decides by. */
export type AnyCode = ErrorCode | `${string}_${Meaning}`;

/** @param code as it was stored or answered: one of another version is in no row */
export function entryOf(code: string): ErrorEntry | undefined {
  return (CATALOGUE as Record<string, ErrorEntry>)[code];
}

/** @returns the entry of the catalogue; of a vendor that is not in it, what its code says by itself */
export function entryFor(code: AnyCode): ErrorEntry {
  const retry = /_(unavailable|outcome_unknown)$/.test(code);
  return (
    entryOf(code) ?? { retry, http: retry ? 503 : 502, message: `${code}.`, todo: 'Read the message beside this code.' }
  );
}

/** What to do about a code before anything has been tried, as by `errand doctor`: there is no worker and no issue yet. */
export function todoAtStart({ todo }: ErrorEntry): string {
  return todo.replace(/,? (?:and )?restart the worker/, '').replace(/, then `errand retry <id>`/, '');
}

/** A failure with a code of the catalogue; `detail` says what the vendor said, without secrets. */
export class ErrandError extends Error {
  constructor(
    readonly code: AnyCode,
    readonly detail?: string,
    /** Milliseconds that the vendor asked us to wait (`Retry-After`). */
    readonly retryAfter?: number,
    /** Of the vendor's own refusal, where it is known. */
    readonly status?: number,
  ) {
    const { message } = entryFor(code);
    super(detail ? `${message} ${detail}` : message);
    this.name = 'ErrandError';
  }
  get entry(): ErrorEntry {
    return entryFor(this.code);
  }
}

/** The process cannot run here: exit 3, with everything that is wrong at once. */
export class EnvironmentError extends Error {
  constructor(readonly problems: string[]) {
    super(problems.join('\n'));
    this.name = 'EnvironmentError';
  }
}

/** The CLI's exit codes. */
export const EXIT = { ok: 0, finding: 1, usage: 2, environment: 3, unreachable: 4 } as const;
