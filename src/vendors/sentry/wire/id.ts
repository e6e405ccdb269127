/** Where each of Sentry's payloads hides the issue's id (docs.sentry.io/organization/integrations/integration-platform/webhooks/). */
import { at, field } from './value';

/** Group ids are 64-bit integers; 2^63 has 19 digits. */
const ID = /^\d{1,19}$/;
const ID_IN_URL = /\/issues\/(\d{1,19})(?:[/?#]|$)/;

/** An issue's id as text, from text or a number; undefined when it is not one. */
export function issueId(value: unknown): string | undefined {
  const id = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  return typeof id === 'string' && ID.test(id) ? id : undefined;
}

/** The id in `…/issues/<id>/…`, as in `issue_url`, `web_url` and `permalink`. */
export function issueIdInUrl(value: unknown): string | undefined {
  return typeof value === 'string' ? ID_IN_URL.exec(value.slice(0, 2000))?.[1] : undefined;
}

/** Payloads of 2020 have no `issue_id`, only `issue_url`. */
export function issueIdOfEvent(event: unknown): string | undefined {
  return (
    issueId(field(event, 'issue_id')) ??
    issueId(field(event, 'groupID')) ??
    issueIdInUrl(field(event, 'issue_url')) ??
    issueIdInUrl(field(event, 'web_url'))
  );
}

export function issueIdOfIssue(issue: unknown): string | undefined {
  return (
    issueId(field(issue, 'id')) ??
    issueIdInUrl(field(issue, 'url')) ??
    issueIdInUrl(field(issue, 'web_url')) ??
    issueIdInUrl(field(issue, 'permalink'))
  );
}

/**
 * The id wherever the body has it; for bodies of a kind that is not known. `data.id` is not among the places: it is
 * the id of whatever the delivery is about.
 */
export function issueIdAnywhere(body: unknown): string | undefined {
  const data = field(body, 'data');
  return (
    issueIdOfIssue(field(data, 'issue')) ??
    issueIdOfEvent(field(data, 'event')) ??
    issueIdOfEvent(field(data, 'error')) ??
    issueId(field(data, 'issue_id')) ??
    issueId(field(data, 'issueId')) ??
    issueId(field(data, 'group_id')) ??
    issueIdInUrl(field(data, 'issue_url')) ??
    issueId(field(body, 'issue_id')) ??
    issueId(field(body, 'issueId')) ??
    issueId(at(body, 'issue', 'id'))
  );
}
