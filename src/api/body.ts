/** Reads requests' raw bytes up to a limit for each and one for all, counted on what really comes. */
import type { IncomingMessage } from 'node:http';

/** A sender that is cut off while it writes never sees the answer; beyond this it is cut off all the same. */
const DRAIN_MAX = 64 * 1024 * 1024;

/** What Fastify makes a 413 of. */
export class BodyTooLarge extends Error {
  readonly statusCode = 413;
}

/**
 * @param max bytes of one body
 * @param allMax bytes of all that are being read: beyond them the sender that takes the longest is cut off, so that whoever sends
 *   slowly does not keep out those who send at once
 */
export function createBodies(max: number, allMax: number): { read: (body: IncomingMessage) => Promise<Buffer> } {
  /** Bytes held for each, in the order in which they began. */
  const buffered = new Map<IncomingMessage, number>();
  let all = 0;
  const hold = (body: IncomingMessage, bytes: number): void => {
    all += bytes - (buffered.get(body) ?? 0);
    buffered.set(body, bytes);
    if (all > allMax) buffered.keys().next().value?.destroy(new Error('cut off: too many bytes under way'));
  };
  return {
    /**
     * @returns the whole body
     * @throws BodyTooLarge after the rest has been read and dropped, so that the sender gets the answer
     */
    async read(body) {
      hold(body, 0);
      try {
        return await collected(body, max, (bytes) => hold(body, bytes));
      } finally {
        all -= buffered.get(body) ?? 0;
        buffered.delete(body);
      }
    },
  };
}

const HUNG_UP = 'the sender hung up';

/** By the stream's events: an asynchronous iterator costs several times as much, for a body of one piece. */
function collected(body: IncomingMessage, max: number, hold: (bytes: number) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    const tooLarge = (): void => reject(new BodyTooLarge(`the body has more than ${max} bytes`));
    if (body.closed) reject(new Error(HUNG_UP));
    body.on('data', (part: Buffer) => {
      size += part.length;
      if (size <= max) parts.push(part);
      else parts.length = 0;
      hold(size <= max ? size : 0);
      if (size <= DRAIN_MAX) return;
      tooLarge();
      body.destroy();
    });
    body.once('end', () => {
      if (size > max) tooLarge();
      else resolve(parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts, size));
    });
    body.once('error', reject);
    body.once('close', () => {
      // Each answered one closes as well, and the stack of an error costs as much as reading the body.
      if (!body.readableEnded) reject(new Error(HUNG_UP));
    });
  });
}
