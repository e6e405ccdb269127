/** The public listener: webhooks in, nothing out. It answers once the delivery is on the disk, and waits for nothing else. */
import type { IncomingMessage } from 'node:http';
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { ErrandError, type ErrorCode } from '../errors';
import { SENT_BY_HAND, workflowIdOf } from '../contract';
import type { DeliveryOutcome, Metrics } from '../telemetry/metrics';
import type { Hint } from '../core/issue/hint';
import type { Parsed, WebhookSource } from '../vendors/source';
import { say } from '../text/say';
import { createBodies } from './body';
import { repeatedOf } from '../core/issue/doubt';
import { boundConnections, LISTENER_TIMEOUTS } from './connections';
import { frameworkErrors, handleError, send } from './errors';
import type { DeliveryLogEntry, Inbox } from './inbox/types';
import { digestOf } from './inbox/digests';
import { type Refused, sayRefusals } from './webhooks/refusals';
import { SENTRY, type Signatures, type SignatureState } from './webhooks/signatures';
import { jsonOf } from './webhooks/json';
import { legacyTokenMatches } from '../vendors/sentry/webhook-legacy';

/** Sentry's events are at most some 1 MB; the largest webhook seen has 56 kB. */
export const BODY_MAX = 5 * 1024 * 1024;
/** Of a part of a path; Fastify's own limit (100) is shorter than a long random token. */
export const PARAM_MAX = 1_024;
/** Sentry opens one for each webhook; a flood of them comes one behind the other. */
const CONNECTIONS_MAX = 500;
/** Of bodies that are under way. Twelve of the largest, or a thousand of the largest webhook that was seen. */
const BODIES_MAX = 64 * 1024 * 1024;
const SENTRY_PATHS = ['/webhooks/sentry', '/sentry/webhook', '/sentry-webhook', '/api/sentry-webhook'];
const LEGACY_PATH = '/webhooks/sentry/legacy/';
/** As the log of deliveries names it. */
const LEGACY = 'sentry-legacy';

/** `sandbox`: the vendors are pretend ones. */
export type Ready = {
  ready: boolean;
  mode: string;
  sandbox?: true;
  degraded: string[];
  webhooks: SignatureState;
};
export type PublicParts = {
  inbox: Inbox;
  sentry: WebhookSource;
  legacy: WebhookSource;
  legacyToken: string | undefined;
  /** Called after every kept delivery. */
  kept: () => void;
  /** Hears of every one that was understood, in words. */
  told?: (words: string, fields: Record<string, unknown>) => void;
  /** The uuid of the installation that a signed delivery names. */
  installation: (uuid: string) => void;
  signatures: Pick<Signatures, 'refused' | 'verified'>;
  ready: () => Promise<Pick<Ready, 'ready'>>;
  metrics: Pick<Metrics, 'delivery' | 'refused'>;
  log: FastifyBaseLogger;
};

export function createPublicApp(parts: PublicParts): FastifyInstance {
  const app = fastify({
    loggerInstance: parts.log,
    logController: new LogController({ disableRequestLogging: true }),
    ...LISTENER_TIMEOUTS,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: PARAM_MAX },
    frameworkErrors,
  });
  boundConnections(app, CONNECTIONS_MAX);
  const bodies = createBodies(BODY_MAX, BODIES_MAX);
  const refused = sayRefusals(parts.log);
  // The signature covers the bytes as they were sent, so nothing parses them before it is checked.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request: FastifyRequest, body: IncomingMessage) => bodies.read(body));
  app.setErrorHandler((e: FastifyError, request, reply) => {
    // The one refusal that comes before a route does.
    if (e.statusCode === 413) count(parts, sourceOf(request), 'too_large', reply);
    return handleError(e, request, reply);
  });
  app.setNotFoundHandler((_request, reply) => send(reply, 'not_found'));

  app.get('/health', () => ({ ok: true }));
  app.get('/ready', async (_request, reply) => {
    // Why, and what it runs as, is nobody's business out here: the operators' listener says so.
    const { ready } = await parts.ready();
    return reply.code(ready ? 200 : 503).send({ ready });
  });
  for (const path of SENTRY_PATHS) {
    // Before the body is read: whoever signs nothing is to cost nothing.
    const onRequest = (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
      const why = parts.sentry.unsigned(request.headers);
      if (Number(request.headers['content-length']) > BODY_MAX) refuse(parts, SENTRY, 'too_large', reply);
      else if (why === undefined) done();
      else refuseSignature(parts, { path, say: refused }, request, reply, why);
    };
    app.post(path, { onRequest }, (request, reply) => signed(parts, { path, say: refused }, request, reply));
  }
  app.post<{ Params: { token: string } }>(`${LEGACY_PATH}:token`, {
    onRequest: (request, reply, done) => {
      if (legacyTokenMatches(request.params.token, parts.legacyToken)) done();
      else refuse(parts, LEGACY, 'not_found', reply);
    },
    handler: (request, reply) => {
      const body = jsonOf(rawBody(request));
      if (body === undefined) return refuse(parts, LEGACY, 'not_json', reply);
      return keep(parts, LEGACY, bodyOf(parts.inbox, parts.legacy, request, body), reply);
    },
  });
  return app;
}

function sourceOf(request: FastifyRequest): string {
  return request.url.startsWith(LEGACY_PATH) ? LEGACY : SENTRY;
}

/** `reply.elapsedTime` is counted from the request's first bytes, in milliseconds. */
function count(parts: PublicParts, source: string, outcome: DeliveryOutcome, reply: FastifyReply): void {
  parts.metrics.delivery(source, outcome, reply.elapsedTime / 1_000);
}

type Refusal = Extract<DeliveryOutcome, ErrorCode>;
function refuse(parts: PublicParts, source: string, code: Refusal, reply: FastifyReply): FastifyReply {
  count(parts, source, code, reply);
  return send(reply, code);
}

function rawBody(request: FastifyRequest): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

/** Where a signed webhook came to, and who says in the log that it was refused. */
type Route = { path: string; say: Refused };

function refuseSignature(
  parts: PublicParts,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  why: string,
): FastifyReply {
  route.say(request, why);
  parts.metrics.refused(route.path);
  parts.signatures.refused(route.path, why);
  return refuse(parts, SENTRY, 'bad_signature', reply);
}

async function signed(
  parts: PublicParts,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const raw = rawBody(request);
  const verdict = parts.sentry.verify(raw, request.headers);
  if (!verdict.ok) return refuseSignature(parts, route, request, reply, verdict.why);
  if (request.headers[SENT_BY_HAND] === undefined) parts.signatures.verified();
  const read = bodyOf(parts.inbox, parts.sentry, request, jsonOf(raw));
  // One that is deleted makes no links any more.
  const { installation, what } = read.parsed;
  if (installation !== undefined && what !== 'installation.deleted') parts.installation(installation);
  return keep(parts, SENTRY, read, reply);
}

/** `digest`: to know the body by when it comes again. `repeats`: the delivery that brought it before. */
type Read = { body: unknown; parsed: Parsed; digest?: string; repeats?: string };

function bodyOf(inbox: Inbox, source: WebhookSource, request: FastifyRequest, body: unknown): Read {
  const digest = digestOf(rawBody(request));
  const repeats = inbox.lastWith(digest);
  const parsed = source.parse(body, request.headers, repeats !== undefined);
  // Only what shows an issue can be believed twice; the rest says no more than "look again".
  const shows = parsed.hints.some(({ seed, says }) => seed ?? says);
  return { body, parsed, ...(shows ? { digest, repeats } : {}) };
}

async function keep(
  parts: PublicParts,
  source: string,
  { body, parsed, digest, repeats }: Read,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { inbox } = parts;
  const delivery = inbox.newId();
  const at = new Date().toISOString();
  const hints: Hint[] = parsed.hints.map(({ says, ...hint }) => ({
    ...hint,
    ...(says ? { repeated: repeatedOf(says) } : {}),
    delivery,
    at,
  }));
  const first = hints[0];
  const entry: DeliveryLogEntry = {
    id: delivery,
    at,
    source,
    what: parsed.what,
    understood: parsed.understood,
    issue: first ? workflowIdOf(first.about.issue) : null,
    outcome: first ? 'kept' : parsed.understood ? 'no issue' : 'not understood',
  };
  if (!parsed.understood) entry.keys = topLevelKeys(body);
  if (repeats !== undefined) entry.repeats = repeats;
  try {
    await inbox.append(hints, entry, digest);
  } catch (e) {
    parts.log.error({ err: e, delivery, what: parsed.what }, 'a delivery could not be kept');
    const full = e instanceof ErrandError && e.code === 'inbox_full';
    return refuse(parts, source, full ? 'inbox_full' : 'inbox_failed', reply);
  }
  if (!parsed.understood)
    parts.log.warn({ delivery, what: parsed.what, keys: entry.keys }, 'a signed delivery of an unknown shape was kept');
  else parts.told?.(`webhook ${parsed.what}${entry.issue === null ? '' : ` of ${entry.issue}`}`, { delivery });
  if (first) parts.kept();
  const kept = repeats === undefined ? 'kept' : 'repeated';
  count(parts, source, first ? kept : parsed.understood ? 'no_issue' : 'not_understood', reply);
  return reply.code(202).send({ delivery });
}

const KEYS_MAX = 20;
const KEY_LENGTH_MAX = 40;
function topLevelKeys(body: unknown): string[] {
  if (typeof body !== 'object' || body === null) return [];
  return Object.keys(body)
    .slice(0, KEYS_MAX)
    .map((k) => say(k, KEY_LENGTH_MAX));
}
