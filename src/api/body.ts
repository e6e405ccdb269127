/** Reads a request's raw bytes up to a limit, counted on what really comes. */
import type { Readable } from 'node:stream';

/** A sender that is cut off while it writes never sees the answer; beyond this it is cut off all the same. */
const DRAIN_MAX = 64 * 1024 * 1024;

/** What Fastify makes a 413 of. */
export class BodyTooLarge extends Error {
  readonly statusCode = 413;
}

/**
 * @returns the whole body
 * @throws BodyTooLarge after the rest has been read and dropped, so that the sender gets the answer
 */
export async function readBody(body: Readable, max: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of body as AsyncIterable<Buffer>) {
    size += part.length;
    if (size <= max) parts.push(part);
    else parts.length = 0;
    if (size > DRAIN_MAX) break;
  }
  if (size > max) throw new BodyTooLarge(`the body has more than ${max} bytes`);
  return Buffer.concat(parts, size);
}
