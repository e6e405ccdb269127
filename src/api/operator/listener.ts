/** The operators' listener: issues, why, deliveries, configuration. Loopback unless told otherwise. */
import fastify, { LogController, type FastifyInstance, type FastifyReply } from 'fastify';
import { z } from 'zod';
import { ZONE_HEADER } from '../../contract';
import type { OperatorToken } from '../../config/operators';
import { ErrandError } from '../../errors';
import { findPerson } from '../../rules/people';
import type { Metrics } from '../../telemetry/metrics';
import { explainText } from '../../text/explain';
import { say } from '../../text/say';
import { jsonText } from '../../text/terminal';
import type { Explanation, IssueDetail } from '../../core/issue/view';
import { requireRole } from './auth';
import { boundConnections, LISTENER_TIMEOUTS } from '../connections';
import { adviseAs, frameworkErrors, handleError, send } from '../errors';
import { fromServer, fromWorker } from './from-temporal';
import { isPrintable, latestIssue, LIMIT_DEFAULT, LIMIT_MAX, listIssues, resolveId, shownDetail } from './issues';
import { actRoutes, logged, type ActParts } from './acts';
import { stormRoutes } from './storms';
import { sweepRoutes } from './sweep';
import { valid } from './valid';
import { BODY_MAX, PARAM_MAX, type Ready } from '../public';

export type OperatorParts = ActParts & {
  tokens: OperatorToken[];
  about: { name: string; version: string; mode: string; sandbox?: true };
  /** Everything that is configured, without secrets. */
  config: () => object;
  ready: () => Promise<Ready>;
  kept: () => void;
  /** What to do, in words that fit where we run. Default: those of the catalogue. */
  advice?: (todo: string) => string;
  metrics: Metrics;
};

const word = z.string().max(255).refine(isPrintable, 'must be printable');
const listQuery = z.object({
  state: z.enum(['new', 'open', 'resolved', 'muted', 'skipped', 'done']).optional(),
  project: word.optional(),
  assignee: word.optional(),
  attention: z
    .enum(['true', 'false'])
    .transform((s) => s === 'true')
    .optional(),
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT_DEFAULT),
  cursor: z.string().max(4_096).optional(),
});
const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(100).optional(),
});

/** People, their browsers' tabs, command lines and a scraper. */
const CONNECTIONS_MAX = 200;

/** Of a delivery's number, in the log of acts. */
const DELIVERY_MAX = 100;

type ById = { Params: { id: string } };

export function createOperatorApp(parts: OperatorParts): FastifyInstance {
  const { temporal, inbox, tokens } = parts;
  const app = fastify({
    loggerInstance: parts.log,
    logController: new LogController({ disableRequestLogging: true }),
    ...LISTENER_TIMEOUTS,
    bodyLimit: BODY_MAX,
    routerOptions: { maxParamLength: PARAM_MAX },
    frameworkErrors,
  });
  boundConnections(app, CONNECTIONS_MAX);
  app.setErrorHandler(handleError);
  // The command line tells times in the zone of the rules; what JSON says is UTC.
  app.addHook('onRequest', async (_request, reply) => void reply.header(ZONE_HEADER, parts.rules().timezone));
  // What `curl` shows ends on a terminal, too.
  app.setReplySerializer((payload) => jsonText(payload));
  if (parts.advice) adviseAs(app, parts.advice);
  // Bodies are read as text: an empty one is none, whatever its content type says.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.decorateRequest('by', '');
  app.setNotFoundHandler((_request, reply) => send(reply, 'not_found'));
  // Before the body is read: nobody without a token is to make us read five megabytes.
  const viewer = { onRequest: requireRole(tokens, 'viewer') };
  const operator = { onRequest: requireRole(tokens, 'operator') };
  const admin = { onRequest: requireRole(tokens, 'admin') };

  app.get('/', () => parts.about);
  app.get('/health', () => ({ ok: true }));
  app.get('/ready', async (_request, reply) => {
    const ready = await parts.ready();
    return reply.code(ready.ready ? 200 : 503).send(ready);
  });
  for (const path of ['/issues', '/errors']) {
    app.get(path, viewer, (request) => {
      const { assignee, ...filter } = valid(listQuery, request.query);
      return fromServer(() => listIssues(temporal, { ...filter, assignee: assignee && keyOf(parts, assignee) }));
    });
    app.get(`${path}/latest`, viewer, async (_request, reply) => {
      const latest = await fromServer(() => latestIssue(temporal));
      return latest ?? send(reply, 'issue_unknown', 'There is none yet.');
    });
    app.get<ById>(`${path}/:id`, viewer, (request, reply) =>
      known(parts, request.params.id, reply, async (id) => {
        const [issue, run] = await Promise.all([temporal.state(id), temporal.run(id)]);
        return issue && shownDetail(issue, run, parts.rules().timezone);
      }),
    );
    app.get<ById>(`${path}/:id/explain`, viewer, (request, reply) =>
      known(parts, request.params.id, reply, async (id) => explained(await temporal.state(id), parts.rules().timezone)),
    );
  }
  actRoutes(app, parts, operator);
  sweepRoutes(app, parts, viewer, operator);
  stormRoutes(app, parts, viewer, operator);
  app.get('/alerts', viewer, async () => {
    const alerts = await fromWorker(temporal, () => temporal.alerts(parts.org));
    if (!alerts) throw new ErrandError('worker_unavailable', 'There are no alerts yet: no worker has started them.');
    return alerts;
  });
  app.get('/deliveries', operator, (request) => {
    const { items, next } = inbox.deliveries(valid(pageQuery, request.query));
    return { deliveries: items, dead: inbox.listDead(), next };
  });
  app.post<ById>('/deliveries/:id/replay', operator, (request, reply) =>
    logged(parts, { by: request.by, act: 'replay', issue: null }, reply, async (asked) => {
      asked.input = { delivery: say(request.params.id, DELIVERY_MAX) };
      const replayed = await inbox.replay(request.params.id);
      if (replayed === 0) throw new ErrandError('not_found', 'No such delivery, or it names no issue.');
      parts.kept();
      return { status: 202, body: { replayed } };
    }),
  );
  app.get('/logs', admin, (request) => {
    const { items, next } = inbox.acts(valid(pageQuery, request.query));
    return { acts: items, next };
  });
  app.get('/metrics', viewer, async (_request, reply) => {
    const { contentType, text } = await parts.metrics.scrape();
    return reply.type(contentType).send(text);
  });
  app.get('/config', admin, () => parts.config());
  return app;
}

/** The key that a hand-typed name means; as it is for somebody whom the rules do not know any more. */
function keyOf({ rules }: OperatorParts, name: string): string {
  const found = findPerson(rules(), name);
  return 'key' in found ? found.key : name;
}

function explained(issue: IssueDetail | undefined, zone: string): Explanation | undefined {
  if (!issue) return undefined;
  const { decision, override } = issue;
  const { rule, rulesHash, at, reasons } = decision ?? {};
  return {
    decision: rule && rulesHash && at && reasons ? { rule, rulesHash, at, reasons } : null,
    text: explainText(decision, { override, zone }),
  };
}

async function known<T>(
  parts: OperatorParts,
  given: string,
  reply: FastifyReply,
  ask: (id: string) => Promise<T | undefined>,
): Promise<T | FastifyReply> {
  const { temporal, org } = parts;
  const id = await fromServer(() => resolveId(temporal, org, given));
  const answer = id === undefined ? undefined : await fromWorker(temporal, () => ask(id));
  return answer ?? send(reply, 'issue_unknown');
}
