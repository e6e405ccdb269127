import { z } from 'zod';

const VENDORS = ['sentry', 'asana', 'calamari', 'slack', 'own'] as const;
export type VendorName = (typeof VENDORS)[number];

function expression(): z.ZodString {
  return z.string().refine((source) => {
    try {
      return new RegExp(source) instanceof RegExp;
    } catch {
      return false;
    }
  }, 'is not a regular expression');
}

/** One thing that goes wrong, and for which requests. */
export const FaultSchema = z.strictObject({
  vendor: z.enum(VENDORS),
  method: z.string().toUpperCase().optional(),
  path: expression().optional(),
  /** Of what is sent. */
  body: expression().optional(),
  kind: z.enum(['latency', 'status', 'page', 'endless', 'reset', 'commitThenReset', 'commitLate', 'down', 'truncate']),
  status: z.int().min(200).max(599).optional(),
  retryAfter: z.int().min(0).optional(),
  ms: z.int().min(0).max(600_000).optional(),
  percent: z.number().min(0).max(100).optional(),
  seed: z.int().optional(),
  times: z.int().min(1).optional(),
});
export type Fault = z.infer<typeof FaultSchema>;

/** A small seeded generator (mulberry32): the same seed gives the same sequence of faults. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Armed = { id: string; fault: Fault; next: () => number; left: number; hits: number };

/** The faults in force. They belong to the running process and end with it. */
export class Faults {
  private armed: Armed[] = [];
  private set = 0;

  add(fault: Fault): void {
    this.set += 1;
    this.armed.push({
      id: String(this.set),
      fault,
      next: random(fault.seed ?? 1),
      left: fault.times ?? Infinity,
      hits: 0,
    });
  }

  clear(): void {
    this.armed = [];
  }

  /** False when there is no such one. */
  remove(id: string): boolean {
    const before = this.armed.length;
    this.armed = this.armed.filter((one) => one.id !== id);
    return this.armed.length < before;
  }

  list(): (Fault & { id: string; hits: number })[] {
    return this.armed.map(({ id, fault, hits }) => ({ id, ...fault, hits }));
  }

  /** The faults that befall this request, in the order in which they were set. */
  pick(vendor: VendorName, method: string, path: string, body: Buffer): Fault[] {
    const hit: Fault[] = [];
    for (const one of this.armed) {
      const { fault } = one;
      if (fault.vendor !== vendor || one.left <= 0) continue;
      if (fault.method !== undefined && fault.method !== method) continue;
      if (fault.path !== undefined && !new RegExp(fault.path).test(path)) continue;
      if (fault.body !== undefined && !new RegExp(fault.body).test(body.toString('utf8'))) continue;
      if (fault.percent !== undefined && one.next() * 100 >= fault.percent) continue;
      one.left -= 1;
      one.hits += 1;
      hit.push(fault);
    }
    return hit;
  }
}
