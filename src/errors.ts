/**
 * The catalogue of error codes. Every code that an operator can meet (in `attention`, in an HTTP error body, in the
 * CLI's words) is one row here, documented under the same heading in docs/using/errors.md; a test compares the two.
 */

/** `retry`: Temporal tries again by the retry policy; otherwise the step goes to `attention` at once. */
export type ErrorEntry = { retry: boolean; http: number; message: string; todo: string };

export const CATALOGUE = {
  // Sentry
  sentry_unauthorized: {
    retry: false,
    http: 502,
    message: 'Sentry refused the token (401).',
    todo: 'Make a new token in Sentry under Settings → Developer Settings → your internal integration, set SENTRY_AUTH_TOKEN, restart the worker, then `errand retry <id>`.',
  },
  sentry_forbidden: {
    retry: false,
    http: 502,
    message: 'The Sentry token may not do this (403).',
    todo: 'Give the internal integration the permission that the message names, then `errand retry <id>`.',
  },
  sentry_issue_not_found: {
    retry: false,
    http: 404,
    message: 'Sentry does not know this issue (404).',
    todo: 'Check SENTRY_ORG and that the token may see the project; a deleted issue needs nothing.',
  },
  sentry_refused: {
    retry: false,
    http: 502,
    message: 'Sentry refused the request (4xx).',
    todo: 'Read the message beside this code; correct what it names, then `errand retry <id>`.',
  },
  sentry_ignored: {
    retry: false,
    http: 502,
    message: 'Sentry accepted the change but did not make it.',
    todo: 'Change it in Sentry by hand. Issues of some types, such as metric alerts, are resolved only by Sentry itself, when what they watch recovers.',
  },
  sentry_project_not_found: {
    retry: false,
    http: 502,
    message: 'Sentry shows neither the issue nor its project (404), so it is not treated as deleted.',
    todo: 'See that the token may see the project and that SENTRY_ORG is right. If the project was deleted, or belongs to another organisation now, use `errand resolve` on its issues.',
  },
  sentry_many_gone: {
    retry: false,
    http: 200,
    message:
      'Many issues of one project disappeared from Sentry at once: a person must confirm that they were deleted.',
    todo: 'Check in Sentry whether they were deleted. If so: `errand retry --all --code sentry_many_gone`. If not, check that the token may see them; they are read again automatically.',
  },
  sentry_unavailable: {
    retry: true,
    http: 503,
    message: 'Sentry cannot be reached, is failing, or limits the rate.',
    todo: 'Look at status.sentry.io when it lasts; what could not be done is retried automatically.',
  },
  repeated_delivery: {
    retry: false,
    http: 200,
    message:
      'A webhook came a second time with the same body. Without SENTRY_AUTH_TOKEN Errand cannot tell whether it is a replay, so it changes nothing.',
    todo: 'Open the issue in Sentry. If it is resolved there: `errand resolve <id>`. If it is as Errand shows it: `errand retry <id> --code repeated_delivery`. With SENTRY_AUTH_TOKEN Errand looks itself.',
  },
  webhooks_silent: {
    retry: false,
    http: 200,
    message: 'Sentry shows new issues, and no webhook came for them. Sweeps find them, minutes later.',
    todo: 'Look at the webhook URL in Sentry under Settings → Developer Settings → your internal integration, at what answers there, and at `GET /deliveries`.',
  },
  webhooks_refused: {
    retry: false,
    http: 200,
    message: 'Webhooks are refused because of their signature, and no verified one came meanwhile.',
    todo: 'Compare SENTRY_CLIENT_SECRET with the client secret of your internal integration in Sentry, set it, and restart the api; or let the proxy in front leave headers and bodies as they are. Sentry does not send again what was refused: `errand sweep` finds it.',
  },
  // Asana
  asana_unauthorized: {
    retry: false,
    http: 502,
    message: 'Asana refused the token (401).',
    todo: 'Make a new personal access token for the bot user, set ASANA_ACCESS_TOKEN, restart the worker, then `errand retry <id>`.',
  },
  asana_forbidden: {
    retry: false,
    http: 502,
    message: 'The Asana user may not do this (403).',
    todo: 'Add the bot user to the project as an editor, then `errand retry <id>`.',
  },
  asana_payment_required: {
    retry: false,
    http: 502,
    message: 'Asana says that the plan does not include this (402).',
    todo: 'Take custom fields out of the rules for this project or upgrade the plan, then `errand retry <id>`.',
  },
  asana_not_found: {
    retry: false,
    http: 502,
    message: 'Asana does not know the object, or hides it from the bot user (404).',
    todo: 'Check that the task or project exists and that the bot user is a member, then `errand retry <id>`.',
  },
  asana_refused: {
    retry: false,
    http: 502,
    message: 'Asana refused the request (4xx).',
    todo: 'Read the message beside this code; correct what it names in the rules or in Asana, then `errand retry <id>`.',
  },
  asana_place_unknown: {
    retry: false,
    http: 502,
    message: 'The workspace, project or section of the rules does not exist in Asana.',
    todo: 'Correct the name in the rules or add the bot user to the project, then `errand retry <id>`.',
  },
  asana_not_assigned: {
    retry: false,
    http: 502,
    message: 'Asana accepted the request (2xx) but left out the assignee.',
    todo: 'Open the task in Asana: as a rule the person is a guest, or no member of a private project. Invite them to the project, or reassign the issue to somebody else, then `errand retry <id>`.',
  },
  asana_incomplete: {
    retry: false,
    http: 502,
    message: 'The task lacks details that the rules ask for.',
    todo: 'Read what is missing beside this code: correct its name in the rules or in Asana, let the bot user edit the project and the field, invite the follower to the project, then `errand retry <id>`. By itself it is tried once a day.',
  },
  asana_ignored: {
    retry: false,
    http: 502,
    message: 'Asana accepted the change (2xx) but did not change the task.',
    todo: 'Open the task in Asana: an approval, a rule of the project or a dependency may hold it. Change it there by hand, then `errand retry <id>`.',
  },
  asana_unavailable: {
    retry: true,
    http: 503,
    message: 'Asana cannot be reached, is failing, or limits the rate.',
    todo: 'Look at status.asana.com when it lasts; what could not be done is retried automatically.',
  },
  asana_outcome_unknown: {
    retry: true,
    http: 503,
    message: 'Asana did not say whether the task was made.',
    todo: 'Wait: the next attempt comes later, looks first, and only then makes it.',
  },
  // Calamari
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
  // Slack
  slack_refused: {
    retry: false,
    http: 502,
    message: 'Slack refused the message.',
    todo: 'Check SLACK_BOT_TOKEN, and that the bot is a member of SLACK_CHANNEL.',
  },
  slack_unavailable: {
    retry: true,
    http: 503,
    message: 'Slack cannot be reached, is failing, or limits the rate.',
    todo: 'Wait: it is tried again for an hour, then the message is dropped.',
  },
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
    message: 'No sweeps run here, or there is no sweep, comparison or rebuild with that number.',
    todo: 'Set SENTRY_AUTH_TOKEN and start a worker, which begins to sweep; over HTTP, take the number that was answered.',
  },
  workflow_stuck: {
    retry: false,
    http: 500,
    message: 'The workflow cannot go on and cannot answer: its tasks fail.',
    todo: 'Open it in the Web UI: its history may not fit this version of Errand. Go back to the version before, and report it.',
  },
  workflow_failed: {
    retry: false,
    http: 500,
    message: 'The workflow ended too early: it was terminated, failed or timed out.',
    todo: '`errand retry <id>` begins a new run, which finds its task again. A workflow that is not an issue starts again when a worker starts.',
  },
  worker_unavailable: { retry: true, http: 503, message: 'No worker answered.', todo: 'Start one: `errand worker`.' },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof CATALOGUE;

/** @param code as it was stored or answered: one of another version is in no row */
export function entryOf(code: string): ErrorEntry | undefined {
  return (CATALOGUE as Record<string, ErrorEntry>)[code];
}

/** What to do about a code before anything has been tried, as by `errand doctor`: there is no worker and no issue yet. */
export function todoAtStart({ todo }: ErrorEntry): string {
  return todo.replace(/,? (?:and )?restart the worker/, '').replace(/, then `errand retry <id>`/, '');
}

/** A failure with a code of the catalogue; `detail` says what the vendor said, without secrets. */
export class ErrandError extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly detail?: string,
    /** Milliseconds that the vendor asked us to wait (`Retry-After`). */
    readonly retryAfter?: number,
    /** Of the vendor's own refusal, where it is known. */
    readonly status?: number,
  ) {
    super(detail ? `${CATALOGUE[code].message} ${detail}` : CATALOGUE[code].message);
    this.name = 'ErrandError';
  }
  get entry(): ErrorEntry {
    return CATALOGUE[this.code];
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
