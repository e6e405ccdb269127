/** What can go wrong with Asana. The words behind `asana_` say to the core what it means: docs/developing/adding-a-vendor.md. */
import type { ErrorEntry } from '../error-entry';

export const ASANA_ERRORS = {
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
} as const satisfies Record<`asana_${string}`, ErrorEntry>;
