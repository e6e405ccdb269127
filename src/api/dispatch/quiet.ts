/** How often one noisy issue may be signalled. In memory and bounded: losing it costs an extra signal and nothing else. */

/** Milliseconds, from the rules' `settings.quiet`. */
export type QuietSettings = { first: number; max: number };

type Noise = { wait: number; until: number; heard: number };

/** About 100 bytes each. */
const REMEMBERED = 10_000;

export class Quiet {
  private readonly noises = new Map<string, Noise>();

  constructor(
    private readonly settings: () => QuietSettings,
    private readonly max = REMEMBERED,
  ) {}

  /**
   * A hint that is not urgent came for `id`: when it may be sent (milliseconds, `now` = at once). The first of an issue and
   * the first after `max` of silence may go at once; the others wait until the quiet time after the last signal is over.
   */
  heard(id: string, now: number): number {
    const noise = this.noises.get(id);
    if (!noise || now - noise.heard >= this.settings().max) {
      this.noises.delete(id);
      return now;
    }
    this.remember(id, { ...noise, heard: now });
    return Math.max(now, noise.until);
  }

  /** When what is waiting for `id` may be sent. */
  due(id: string): number {
    return this.noises.get(id)?.until ?? 0;
  }

  /** A signal for `id` was sent at `now`. After one that carried repeats (`noisy`) the quiet time doubles. */
  sent(id: string, now: number, noisy: boolean): void {
    const { first, max } = this.settings();
    const noise = this.noises.get(id);
    const wait = noise ? Math.min(noisy ? noise.wait * 2 : noise.wait, max) : first;
    this.remember(id, { wait, until: now + wait, heard: Math.max(noise?.heard ?? now, now) });
  }

  get size(): number {
    return this.noises.size;
  }

  private remember(id: string, noise: Noise): void {
    this.noises.delete(id);
    this.noises.set(id, noise);
    if (this.noises.size <= this.max) return;
    const [oldest] = this.noises.keys();
    if (oldest !== undefined) this.noises.delete(oldest);
  }
}

/** Issues that keep quiet until a time. Asking costs nothing until one is due. */
export class Delayed {
  private readonly dues = new Map<string, number>();
  /** No later than the earliest due. */
  private earliest = Infinity;

  get size(): number {
    return this.dues.size;
  }
  get next(): number {
    return this.earliest;
  }

  has(id: string): boolean {
    return this.dues.has(id);
  }

  delay(id: string, due: number): void {
    this.dues.set(id, due);
    this.earliest = Math.min(this.earliest, due);
  }

  release(id: string): void {
    this.dues.delete(id);
  }

  /** Releases and answers those whose time has come. */
  releaseDue(now: number): string[] {
    if (now < this.earliest) return [];
    const due = [...this.dues].flatMap(([id, at]) => (at <= now ? [id] : []));
    for (const id of due) this.dues.delete(id);
    this.earliest = Infinity;
    for (const at of this.dues.values()) this.earliest = Math.min(this.earliest, at);
    return due;
  }
}
