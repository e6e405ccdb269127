/** What the storm workflows hold: GET /storms, POST /storms/:project/release. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { stormIdOf, stormOf } from '../../contract';
import { ErrandError } from '../../errors';
import type { Release } from '../../core/storm/record';
import { bodyOf, commandKey, releaseId } from './act-request';
import type { requireRole } from './auth';
import { fromServer, fromWorker } from './from-temporal';
import { logged, type ActParts } from './acts';
import { valid } from './valid';

type Guard = { onRequest: ReturnType<typeof requireRole> };
/** Let in now; `left`: still held, because there were more than one release takes. */
export type Released = Pick<Release, 'released' | 'left'> & { project: string };

const nothing = z.strictObject({});

export function stormRoutes(app: FastifyInstance, parts: ActParts, viewer: Guard, operator: Guard): void {
  const { temporal, org } = parts;
  app.get('/storms', viewer, async () => ({ storms: await fromWorker(temporal, () => temporal.storms()) }));
  app.post<{ Params: { project: string } }>('/storms/:project/release', operator, (request, reply) => {
    const typed = request.params.project;
    const about = { by: request.by, act: 'release', issue: `storm:${org}:${typed}` };
    return logged(parts, about, reply, async (asked) => {
      const key = commandKey(request.headers['idempotency-key']);
      asked.command = key;
      void reply.header('idempotency-key', key);
      valid(nothing, bodyOf(request.body));
      // As it stands in the list, where a project without a name is "*".
      const project = stormOf(`storm:${org}:${typed}`)?.project;
      const storm = project === undefined ? undefined : await fromWorker(temporal, () => temporal.storm(org, project));
      if (project === undefined || !storm) throw new ErrandError('storm_unknown');
      const id = releaseId(stormIdOf(org, project), request.by, key);
      const { released, left } = await fromServer(
        () => temporal.release(org, project, { id, by: request.by }),
        `Whether anything was released is not known: send it once more with Idempotency-Key ${key}.`,
      );
      // The storm itself is over only at its next look: until then it holds nothing.
      if (released === 0 && left === 0) throw new ErrandError('storm_unknown');
      return { status: 200, body: { project: typed, released, left } satisfies Released };
    });
  });
}
