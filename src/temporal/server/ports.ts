/** Free TCP ports of this machine. */
import { createServer } from 'node:net';

/**
 * A port of `host` on which nobody listens: `preferred` when it is free, else one the system chooses outside `avoid`.
 * The port is free when this returns and may be taken a moment later; who starts a server on it has to be ready to ask again.
 * @throws Error when the host is not an address of this machine, or when listening fails for a reason other than "taken".
 */
export async function freePort(host: string, preferred?: number, avoid: readonly number[] = []): Promise<number> {
  if (preferred !== undefined && !avoid.includes(preferred)) {
    const port = await tryListen(host, preferred);
    if (port !== undefined) return port;
  }
  for (;;) {
    const port = await tryListen(host, 0);
    if (port !== undefined && !avoid.includes(port)) return port;
  }
}

/** True while nobody listens there. @throws what {@link freePort} throws */
export async function isPortFree(host: string, port: number): Promise<boolean> {
  return (await tryListen(host, port)) !== undefined;
}

/** The port that listening gave, released again; undefined when it is taken or, below 1024, not allowed. */
function tryListen(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (port !== 0 && (error.code === 'EADDRINUSE' || error.code === 'EACCES')) resolve(undefined);
      else reject(error);
    });
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}
