/**
 * Sentry's Integration Platform webhooks → hints. The resource stands only in `Sentry-Hook-Resource`, the action in the
 * body (docs.sentry.io/organization/integrations/integration-platform/webhooks/).
 */
import { saysIn, seedIn } from './shown';
import { environmentOf } from './wire/event';
import { issueId, issueIdAnywhere, issueIdOfEvent, issueIdOfIssue } from './wire/id';
import type { FindPerson } from './wire/people';
import { at, field } from './wire/value';
import { asText, record } from '../http/json';
import type { Instant } from '../../core/refs';
import type { Parsed, WebhookSource } from '../source';
import { unsigned, verifyHmacSha256Hex } from '../http/signature';

type Headers = Record<string, string | string[] | undefined>;

/** How one resource is read. */
type Resource = {
  /** Actions known; others are answered 202, counted as not understood, and still give a hint. */
  actions: readonly string[];
  /** The issue's id in `data`; absent for a resource that is about no issue. */
  id?: (data: unknown) => string | undefined;
  /** A change of state or assignee. */
  urgent?: (action: string, data: unknown) => boolean;
  /** The event, for its environment. */
  event?: string;
};

const seer = (step: string): string[] => [`${step}_started`, `${step}_completed`];

const RESOURCES: Record<string, Resource> = {
  issue: {
    // `archived` is the documented name and `ignored` the one that is sent; both are the same.
    actions: ['created', 'resolved', 'assigned', 'ignored', 'archived', 'unresolved'],
    id: (data) => issueIdOfIssue(field(data, 'issue')),
    urgent: (action) => ['resolved', 'assigned', 'ignored', 'archived', 'unresolved'].includes(action),
  },
  event_alert: { actions: ['triggered'], id: (data) => issueIdOfEvent(field(data, 'event')), event: 'event' },
  error: { actions: ['created'], id: (data) => issueIdOfEvent(field(data, 'error')), event: 'error' },
  comment: { actions: ['created', 'updated', 'deleted'], id: (data) => issueId(field(data, 'issue_id')) },
  activity_alert: {
    actions: ['triggered'],
    id: (data) => issueIdOfIssue(field(data, 'issue')),
    // What happened stands in the activity, not in the action.
    urgent: (_action, data) => asText(at(data, 'activity', 'type'))?.startsWith('status_') === true,
  },
  seer: {
    actions: [...['root_cause', 'solution', 'coding', 'iteration'].flatMap(seer), 'pr_created'],
    id: (data) => issueId(field(data, 'group_id')),
  },
  metric_alert: { actions: ['critical', 'warning', 'resolved', 'open'] },
  installation: { actions: ['created', 'deleted'] },
  preprod_artifact: { actions: ['size_analysis_completed', 'build_distribution_completed'] },
};

/** Sentry's own actions are words like `root_cause_started`; anything else does not become a name in the log. */
const ACTION = /^[a-z][a-z_]{0,40}$/;
const UUID = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;
const UNKNOWN = 'unknown';

/** One header, whatever Node made of it. */
function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function signatureOf(headers: Headers): string | undefined {
  return headerOf(headers, 'sentry-hook-signature') ?? headerOf(headers, 'sentry-app-signature');
}

/**
 * When Sentry built the request, and with it the snapshot: whole seconds, taken from its clock
 * (docs.sentry.io/organization/integrations/integration-platform/webhooks/, Request Headers). Deliveries overtake one another,
 * so the time of arrival says nothing. It is not signed: one that lies ahead of us is not believed.
 */
function builtAt(headers: Headers, now: Instant): Instant {
  const seconds = headerOf(headers, 'sentry-hook-timestamp') ?? '';
  const at = /^\d{9,11}$/.test(seconds) ? new Date(Number(seconds) * 1_000).toISOString() : now;
  return at < now ? at : now;
}

function installationOf(body: unknown): string | undefined {
  const uuid = asText(at(body, 'installation', 'uuid')) ?? asText(at(body, 'data', 'installation', 'uuid'));
  return uuid !== undefined && UUID.test(uuid) ? uuid : undefined;
}

/** What a body of this resource is, before anything is made of it. */
function read(
  resource: string | undefined,
  body: unknown,
): { what: string; understood: boolean; urgent: boolean; id?: string } {
  const known = resource !== undefined && Object.hasOwn(RESOURCES, resource) ? RESOURCES[resource] : undefined;
  const action = asText(field(body, 'action'));
  const data = field(body, 'data');
  const lost = { what: UNKNOWN, understood: false, urgent: false, id: issueIdAnywhere(body) };
  if (!known || !resource || !action || !ACTION.test(action) || !record(data)) return lost;
  const id = known.id?.(data);
  if (known.id && id === undefined) return lost;
  return {
    what: `${resource}.${action}`,
    understood: known.actions.includes(action),
    urgent: known.urgent?.(action, data) ?? false,
    id,
  };
}

/**
 * The source behind `POST /webhooks/sentry`. `secrets`: client secrets, two during a rotation. `org`: the configured slug,
 * which becomes part of every workflow id. `person`: an address or name as Sentry writes it → the key in the rules.
 * `verify` takes either signature header (UI components send the second). `parse` never throws; a body that is not
 * understood still gives a hint when an issue's id can be found in it, because a hint only says "look again".
 */
export function sentrySource(o: {
  secrets: string[];
  org: string;
  person: FindPerson;
  /** Tags that a rule matches on, which are kept in clear; absent: none is. */
  looksAt?: (tag: string) => boolean;
  now?: () => Instant;
}): WebhookSource {
  const now = o.now ?? (() => new Date().toISOString());
  const looksAt = o.looksAt ?? (() => false);
  return {
    unsigned: (headers) => unsigned(signatureOf(headers)),
    verify(raw, headers) {
      const signed = verifyHmacSha256Hex(raw, signatureOf(headers), o.secrets);
      return signed.ok ? { ok: true } : signed;
    },
    parse(body, headers, cameBefore): Parsed {
      const resource = headerOf(headers, 'sentry-hook-resource');
      const { what, understood, urgent, id } = read(resource, body);
      const installation = installationOf(body);
      if (id === undefined) return { what, understood, hints: [], installation };
      const environment = environmentOf(at(body, 'data', 'event')) ?? environmentOf(at(body, 'data', 'error'));
      const shown = cameBefore
        ? saysIn(id, body, { person: o.person, resource })
        : seedIn(id, body, { org: o.org, now: builtAt(headers, now()), person: o.person, resource }, looksAt);
      const issue = { source: 'sentry', scope: o.org, id };
      return {
        what,
        understood,
        installation,
        hints: [
          {
            about: { issue },
            urgent,
            what,
            ...(environment === undefined ? {} : { environment }),
            ...(installation === undefined ? {} : { installation }),
            ...shown,
          },
        ],
      };
    },
  };
}
