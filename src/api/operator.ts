/** The operators' listener: issues, why, deliveries, configuration. Loopback unless told otherwise. */
import { QueryNotRegisteredError } from '@temporalio/client';
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance, type FastifyReply } from 'fastify';
import { z } from 'zod';
import type { OperatorToken } from '../config/env';
import { ErrandError } from '../errors';
import type { TemporalClient } from '../temporal/client';
import { GRPC, grpcOf } from '../temporal/grpc';
import { explainText } from '../text/explain';
import type { Explanation, IssueDetail } from '../types';
import { requireRole } from './auth';
import { handleError, send } from './errors';
import type { Inbox } from './inbox-types';
import { latestIssue, LIMIT_DEFAULT, LIMIT_MAX, listIssues, resolveId } from './issues';
import type { Ready } from './app';

export type OperatorParts = {
  temporal: TemporalClient;
  inbox: Inbox;
  tokens: OperatorToken[];
  org: string;
  about: { name: string; version: string; mode: string };
  /** Everything that is configured, without secrets. */
  config: () => object;
  ready: () => Promise<Ready>;
  kept: () => void;
  log: FastifyBaseLogger;
};

const listQuery = z.object({
  state: z.enum(['new', 'open', 'resolved', 'muted', 'skipped', 'done']).optional(),
  project: z.string().max(255).optional(),
  assignee: z.string().max(255).optional(),
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

type ById = { Params: { id: string } };

export function createOperatorApp(parts: OperatorParts): FastifyInstance {
  const { temporal, inbox, tokens } = parts;
  const app = fastify({ loggerInstance: parts.log, logController: new LogController({ disableRequestLogging: true }) });
  app.setErrorHandler(handleError);
  app.setNotFoundHandler((_request, reply) => send(reply, 'not_found'));
  const viewer = { preHandler: requireRole(tokens, 'viewer') };
  const operator = { preHandler: requireRole(tokens, 'operator') };
  const admin = { preHandler: requireRole(tokens, 'admin') };

  app.get('/', () => parts.about);
  app.get('/health', () => ({ ok: true }));
  app.get('/ready', () => parts.ready());
  for (const path of ['/issues', '/errors']) {
    app.get(path, viewer, (request) =>
      fromTemporal(temporal, () => listIssues(temporal, valid(listQuery, request.query))),
    );
    app.get(`${path}/latest`, viewer, async (_request, reply) => {
      const latest = await fromTemporal(temporal, () => latestIssue(temporal));
      return latest ?? send(reply, 'issue_unknown', 'There is none yet.');
    });
    app.get<ById>(`${path}/:id`, viewer, (request, reply) =>
      known(parts, request.params.id, reply, (id) => temporal.state(id)),
    );
    app.get<ById>(`${path}/:id/explain`, viewer, (request, reply) =>
      known(parts, request.params.id, reply, async (id) => explained(await temporal.state(id))),
    );
  }
  app.get('/deliveries', operator, (request) => {
    const { items, next } = inbox.deliveries(valid(pageQuery, request.query));
    return { deliveries: items, dead: inbox.listDead(), next };
  });
  app.post<ById>('/deliveries/:id/replay', operator, async (request, reply) => {
    const replayed = await inbox.replay(request.params.id);
    if (replayed === 0) return send(reply, 'not_found', 'No such delivery, or it names no issue.');
    parts.kept();
    return reply.code(202).send({ replayed });
  });
  app.get('/config', admin, () => parts.config());
  return app;
}

function explained(issue: IssueDetail | undefined): Explanation | undefined {
  if (!issue) return undefined;
  const { decision, override } = issue;
  const { rule, rulesHash, at, reasons } = decision ?? {};
  return {
    decision: rule && rulesHash && at && reasons ? { rule, rulesHash, at, reasons } : null,
    text: explainText(decision, { override }),
  };
}

function valid<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new ErrandError('invalid', parsed.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; '));
}

async function known<T>(
  parts: OperatorParts,
  given: string,
  reply: FastifyReply,
  ask: (id: string) => Promise<T | undefined>,
): Promise<T | FastifyReply> {
  const answer = await fromTemporal(parts.temporal, async () => {
    const id = await resolveId(parts.temporal, parts.org, given);
    return id === undefined ? undefined : ask(id);
  });
  return answer ?? send(reply, 'issue_unknown');
}

async function fromTemporal<T>(temporal: TemporalClient, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (e) {
    if (e instanceof ErrandError) throw e;
    // The SDK calls every failed query so; ours are registered, unless the id is that of another workflow.
    if (e instanceof QueryNotRegisteredError)
      throw new ErrandError(
        /did not register a handler/.test(e.message) ? 'issue_unknown' : 'workflow_stuck',
        e.message,
      );
    const failure = grpcOf(e);
    // A server that cannot be reached lets a question time out, too; only one that answers leaves the worker to blame.
    if (failure?.code === GRPC.deadlineExceeded && (await temporal.up()))
      throw new ErrandError('worker_unavailable', 'The question timed out.');
    const down: (number | undefined)[] = [GRPC.deadlineExceeded, GRPC.unavailable, GRPC.cancelled];
    if (down.includes(failure?.code)) throw new ErrandError('temporal_unavailable');
    if (failure?.code === GRPC.failedPrecondition) throw new ErrandError('worker_unavailable');
    if (failure?.code === GRPC.invalidArgument) throw new ErrandError('invalid', failure.details);
    throw e;
  }
}
