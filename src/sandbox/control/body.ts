import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Faults } from '../faults';
import type { RequestLog } from '../log';
import type { Hooks } from '../sentry/hooks';
import type { World } from '../world';

export type Control = { world: World; hooks: Hooks; faults: Faults; log: RequestLog; reset: () => void };

/** What a control route cannot do. */
export class ControlError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The body of a control call, checked; an absent body is an empty object. */
export function readBody<T>(request: FastifyRequest, schema: z.ZodType<T>): T {
  const read = schema.safeParse(request.body ?? {});
  if (!read.success) throw new ControlError(400, z.prettifyError(read.error));
  return read.data;
}
