import type { FastifyInstance } from 'fastify';
import { controlAsana } from './asana';
import { controlCalamari } from './calamari';
import { controlSentry } from './sentry';
import { type Control, ControlError, readBody } from './body';
import { FaultSchema } from '../faults';

/** The levers of the pretend worlds: for the command line and for tests, never for a product under test. */
export async function mountControl(app: FastifyInstance, control: Control): Promise<void> {
  const { world, faults, log } = control;
  await app.register(
    (scope, _options, done) => {
      scope.removeContentTypeParser('application/json');
      scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, ready) => {
        try {
          ready(null, body === '' ? {} : JSON.parse(String(body)));
        } catch {
          ready(new ControlError(400, 'the body is not JSON'));
        }
      });
      scope.setErrorHandler((error, _request, reply) => {
        const status =
          error instanceof ControlError ? error.status : ((error as { statusCode?: number }).statusCode ?? 500);
        return reply.code(status).send({ error: error instanceof Error ? error.message : String(error) });
      });
      scope.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'no such control route' }));
      scope.addHook('onSend', async (_request, _reply, payload) => {
        await world.commit();
        return payload;
      });

      scope.get('/faults', () => faults.list());
      scope.post('/faults', (request, reply) => {
        faults.add(readBody(request, FaultSchema));
        return reply.code(201).send(faults.list());
      });
      scope.delete('/faults', () => {
        faults.clear();
        return [];
      });
      scope.delete<{ Params: { id: string } }>('/faults/:id', (request) => {
        if (!faults.remove(request.params.id)) throw new ControlError(404, `there is no fault ${request.params.id}`);
        return faults.list();
      });
      scope.get<{ Querystring: { vendor?: string; befallen?: string } }>('/log', ({ query }) =>
        log.list(query.vendor, query.befallen !== undefined),
      );
      scope.delete('/log', () => {
        log.clear();
        return [];
      });
      scope.get('/world', () => world.dump());
      scope.post('/reset', () => {
        control.reset();
        return { ok: true };
      });
      controlSentry(scope, control);
      controlAsana(scope, control);
      controlCalamari(scope, control);
      scope.delete<{ Params: { ts: string } }>('/slack/messages/:ts', (request) => {
        const { messages } = world.slack;
        const found = messages.all().find(({ ts }) => ts === request.params.ts);
        if (found === undefined) throw new ControlError(404, `there is no message ${request.params.ts}`);
        messages.delete(`${found.channel}:${found.ts}`);
        return { ok: true };
      });
      done();
    },
    { prefix: '/_control' },
  );
}
