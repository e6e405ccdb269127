/** What webhooks missed: GET /sweep, POST /sweep, GET /sweep/:id. */
import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { CATALOGUE, ErrandError, type ErrorCode } from '../errors';
import type { TemporalClient } from '../temporal/client';
import { bodyOf } from './act-request';
import type { requireRole } from './auth';
import { fromServer, fromWorker } from './from-temporal';
import { valid } from './valid';

export type SweepParts = { temporal: TemporalClient; org: string };
type Guard = { onRequest: ReturnType<typeof requireRole> };

const instant = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)), 'must be a time such as 2026-11-01T00:00:00Z')
  .transform((text) => new Date(text).toISOString());
const request = z
  .strictObject({ since: instant.optional(), import: z.boolean().optional(), dryRun: z.boolean().optional() })
  .refine((r) => !r.import || r.since !== undefined, 'import needs since');

export function sweepRoutes(app: FastifyInstance, { temporal, org }: SweepParts, viewer: Guard, operator: Guard): void {
  app.get('/sweep', viewer, async () => {
    const feed = await fromWorker(temporal, () => temporal.feed(org));
    if (!feed) throw new ErrandError('sweep_unavailable');
    return feed;
  });
  app.post('/sweep', operator, async (given, reply) => {
    const asked = valid(request, bodyOf(given.body));
    const sweep = await fromServer(() => known(() => temporal.sweep(org, asked)));
    return reply.code(202).send({ sweep });
  });
  app.get<{ Params: { id: string } }>('/sweep/:id', viewer, (asked) =>
    fromServer(() => known(() => temporal.sweepResult(org, asked.params.id))),
  );
}

/** @throws ErrandError with the code that the sweep failed with */
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
