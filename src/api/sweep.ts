/** The feed's work on demand: GET /sweep; POST /sweep, /audit and /rebuild, and GET of each with the number that POST answered. */
import { WorkflowNotFoundError } from '@temporalio/client';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { AUDIT, REBUILD, SWEEP } from '../contract';
import { ErrandError } from '../errors';
import { pastInstant, TIME_WORDS } from '../issue/feed';
import type { TemporalClient } from '../temporal/client';
import { bodyOf } from './act-request';
import type { requireRole } from './auth';
import { fromServer, fromWorker } from './from-temporal';
import { valid } from './valid';

export type SweepParts = { temporal: TemporalClient; org: string };
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

export function sweepRoutes(app: FastifyInstance, { temporal, org }: SweepParts, viewer: Guard, operator: Guard): void {
  app.get('/sweep', viewer, async () => {
    const feed = await fromWorker(temporal, () => temporal.feed(org));
    if (!feed) throw new ErrandError('sweep_unavailable');
    return feed;
  });
  for (const [name, request] of Object.entries(REQUESTS)) {
    app.post(`/${name}`, operator, async (given, reply) => {
      const asked = valid<object>(request, bodyOf(given.body));
      return reply
        .code(202)
        .send({ [name]: await fromWorker(temporal, () => known(() => temporal.askFeed(org, name, asked))) });
    });
    app.get<{ Params: { id: string } }>(`/${name}/:id`, viewer, (asked) =>
      fromServer(() => known(() => temporal.feedResult(org, asked.params.id))),
    );
  }
}

async function known<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (e) {
    if (e instanceof WorkflowNotFoundError) throw new ErrandError('sweep_unavailable');
    throw e;
  }
}
