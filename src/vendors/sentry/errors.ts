/** What can go wrong with Sentry, and with its webhooks. The words behind `sentry_` say to the core what it means: docs/developing/adding-a-vendor.md. */
import type { ErrorEntry } from '../error-entry';

export const SENTRY_ERRORS = {
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
} as const satisfies Record<`sentry_${string}` | `webhooks_${string}` | 'repeated_delivery', ErrorEntry>;
