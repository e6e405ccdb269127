/** The feed's work on demand: GET /sweep; POST /sweep, /audit and /rebuild, and GET of each with the number that POST answered. */
import { WorkflowNotFoundError } from '@temporalio/client';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AUDIT, REBUILD, SWEEP } from '../../contract';
import { ErrandError } from '../../errors';
import { pastInstant, TIME_WORDS } from '../../core/feed/feed';
import type { Abilities } from '../../core/issue/settings';
import { bodyOf, shownInput } from './act-request';
import type { requireRole } from './auth';
import { fromServer, fromWorker } from './from-temporal';
import { logged, type ActParts } from './acts';
import { valid } from './valid';

type Guard = { onRequest: ReturnType<typeof requireRole> };

const pastIn = (text: string) => pastInstant(text, new Date().toISOString());
const instant = z
  .string()
  .refine((text) => pastIn(text) !== undefined, TIME_WORDS)
  .transform(pastIn);
/** What each takes; the name is the route, the update, and the key of the answer. */
const REQUESTS = {
  [SWEEP]: z
    .strictObject({ since: instant.optional(), import: z.boolean().optional(), dryRun: z.boolean().optional() })
    .refine((r) => !r.import || r.since !== undefined, 'import needs since'),
  [AUDIT]: z.strictObject({}),
  [REBUILD]: z.strictObject({ dryRun: z.boolean().optional() }),
};

export function sweepRoutes(app: FastifyInstance, parts: ActParts, viewer: Guard, operator: Guard): void {
  const { temporal, org, can } = parts;
  app.get('/sweep', viewer, async () => {
    const feed = await fromWorker(temporal, () => temporal.feed(org));
    if (!feed) throw nothingSwept(can);
    return feed;
  });
  for (const [name, request] of Object.entries(REQUESTS)) {
    app.post(`/${name}`, operator, (given, reply) => ask(parts, name, request, given, reply));
    app.get<{ Params: { id: string } }>(`/${name}/:id`, viewer, (asked) =>
      fromServer(() => known(can, () => temporal.feedResult(org, asked.params.id))),
    );
  }
}

/** Logged is that it was asked for and taken; what became of it is in its report. */
function ask(
  parts: ActParts,
  name: string,
  schema: z.ZodType<object>,
  given: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { temporal, org, can } = parts;
  return logged(parts, { by: given.by, act: name, issue: null }, reply, async (asked) => {
    asked.input = shownInput(given.body);
    const request = valid(schema, bodyOf(given.body));
    if ('import' in request && request.import === true) {
      asked.act = 'import';
      delete asked.input['import'];
    }
    const number = await fromWorker(temporal, () => known(can, () => temporal.askFeed(org, name, request)));
    return { status: 202, body: { [name]: number } };
  });
}

async function known<T>(can: Abilities, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (e) {
    if (e instanceof WorkflowNotFoundError) throw nothingSwept(can);
    throw e;
  }
}

function nothingSwept(can: Abilities): ErrandError {
  return new ErrandError('sweep_unavailable', can.source ? undefined : 'SENTRY_AUTH_TOKEN is not set.');
}
