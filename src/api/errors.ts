/** Error bodies of both listeners: `{error:{code, message, todo}}`, from the catalogue. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { entryFor, ErrandError, type AnyCode } from '../errors';

export function errorBody(code: AnyCode, detail?: string): { error: { code: string; message: string; todo: string } } {
  const { message, todo } = entryFor(code);
  return { error: { code, message: detail ? `${message} ${detail}` : message, todo } };
}

export function send(reply: FastifyReply, code: AnyCode, detail?: string): FastifyReply {
  return reply.code(entryFor(code).http).send(errorBody(code, detail));
}

/** What the bodies of this listener say to do is said as `advice` has it, which knows where we run. */
export function adviseAs(app: FastifyInstance, advice: (todo: string) => string): void {
  app.addHook('preSerialization', (_request, _reply, payload, done) => {
    const { error } = (typeof payload === 'object' && payload !== null ? payload : {}) as {
      error?: { todo?: unknown };
    };
    done(null, typeof error?.todo === 'string' ? { error: { ...error, todo: advice(error.todo) } } : payload);
  });
}

/** Never a 4xx for a fault of ours: what is not known is a 500. */
export function handleError(e: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (e instanceof ErrandError) return send(reply, e.code, e.detail);
  if (e.statusCode === 413) return send(reply, 'too_large');
  if (e.statusCode !== undefined && e.statusCode < 500) return send(reply, 'invalid', e.message);
  request.log.error({ err: e }, 'request failed');
  return send(reply, 'unexpected');
}

/** What the router itself refuses (a path that cannot be decoded, a part of it that is too long) is no page of ours. */
export function frameworkErrors<R extends FastifyReply>(_e: FastifyError, _request: unknown, reply: R): void {
  void send(reply, 'not_found');
}
