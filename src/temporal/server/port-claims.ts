/**
 * Ports that stay ours while nothing listens on them.
 *
 * While an embedded Temporal is down, its port is free for anybody. Another Errand of this machine that took it would have a Temporal
 * with the same namespace there: our api would give it our issues, and our worker would do its work with our tokens. Any other
 * Temporal refuses both, since it has no such namespace.
 *
 * A claim is a listening socket in Linux' abstract namespace (unix(7)): it is seen by every user in the same network namespace, as
 * ports are, leaves no file, and is gone the moment its process is.
 */
import { createServer, type Server } from 'node:net';

export class PortClaims {
  private readonly claimed = new Map<number, Server>();

  /**
   * @returns false when another Errand has claimed the port. Elsewhere than on Linux nothing can be claimed, and it is always true
   * @throws Error when listening fails for another reason than that
   */
  async take(port: number): Promise<boolean> {
    if (process.platform !== 'linux' || this.claimed.has(port)) return true;
    const server = createServer((socket) => socket.destroy());
    const ours = await new Promise<boolean>((resolve, reject) => {
      server.once('error', (e: NodeJS.ErrnoException) => (e.code === 'EADDRINUSE' ? resolve(false) : reject(e)));
      server.listen(`\0errand-port-${port}`, () => resolve(true));
    });
    // It holds up nobody's end.
    server.unref();
    if (ours) this.claimed.set(port, server);
    return ours;
  }

  /** Gives all of them back. */
  async release(): Promise<void> {
    for (const server of this.claimed.values()) await new Promise((done) => server.close(done));
    this.claimed.clear();
  }
}
