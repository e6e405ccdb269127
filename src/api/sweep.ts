/** The feed's work on demand: GET /sweep; POST /sweep, /audit and /rebuild, and GET of each with the number that POST answered. */
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { AUDIT, REBUILD, SWEEP } from '../contract';
import { CATALOGUE, ErrandError, type ErrorCode } from '../errors';
import type { TemporalClient } from '../temporal/client';
import { bodyOf } from './act-request';
import type { requireRole } from './auth';
import { fromServer, fromWorker } from './from-temporal';
import { valid } from './valid';

export type SweepParts = { temporal: TemporalClient; org: string };
type Guard = { onRequest: ReturnType<typeof requireRole> };

/** Other texts are times to JavaScript, too: `5` is May 2001. */
const DATE = /^\d{4}-\d{2}-\d{2}(T|$)/;
const instant = z
  .string()
  .refine(
    (text) => DATE.test(text) && Date.parse(text) <= Date.now(),
    'must be a time in the past such as 2026-11-01T00:00:00Z',
  )
  .transform((text) => new Date(text).toISOString());
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

/** @throws ErrandError with the code that it failed with */
async function known<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (e) {
    if (e instanceof WorkflowNotFoundError) throw new ErrandError('sweep_unavailable');
    const cause = e instanceof WorkflowUpdateFailedError ? e.cause : undefined;
    if (cause instanceof ApplicationFailure) {
      const code = (cause.type ?? '') in CATALOGUE ? (cause.type as ErrorCode) : 'unexpected';
      throw new ErrandError(code, cause.message);
    }
    throw e;
  }
}
