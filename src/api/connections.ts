/** What a listener lets others hold: how long a request may take to come, and how many connections there are. */
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Sentry gives up after 1 s, or 5 s at most. */
const REQUEST_MS = 10_000;

/**
 * Fastify sets `requestTimeout` after the server was made, when Node has already put 60 s
 * in place of a shorter `headersTimeout`, and Node looks every 30 s only: so all three are given to Node.
 */
export const LISTENER_TIMEOUTS = {
  requestTimeout: REQUEST_MS,
  http: { requestTimeout: REQUEST_MS, headersTimeout: 5_000, connectionsCheckingInterval: 1_000 },
} as const;

/**
 * Bounds the connections of a listener. When all are taken a new one closes the oldest that has no whole request, so that those who
 * only hold connections keep nobody out; when all have one, the new one is closed.
 */
export function boundConnections(app: FastifyInstance, max: number): void {
  /** In the order in which they came. */
  const open = new Set<Socket>();
  const answering = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    if (open.size >= max) {
      const idle = [...open].find((one) => !answering.has(one));
      if (!idle) {
        socket.destroy();
        return;
      }
      drop(idle);
    }
    open.add(socket);
    socket.once('close', () => forget(socket));
  });
  const forget = (socket: Socket): void => {
    open.delete(socket);
    answering.delete(socket);
  };
  const drop = (socket: Socket): void => {
    forget(socket);
    socket.destroy();
  };
  app.addHook('preHandler', (request, _reply, done) => {
    if (open.has(request.raw.socket)) answering.add(request.raw.socket);
    done();
  });
  app.addHook('onResponse', (request, _reply, done) => {
    answering.delete(request.raw.socket);
    done();
  });
}
