/** Counts requests of one caller in a window and says whether the next one is still allowed. */
export class Window {
  private readonly hits = new Map<string, number[]>();

  constructor(
    private readonly milliseconds: number,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * Counts one request, refused ones included when `countRefused`, and answers how many remain and when there is room again.
   */
  take(key: string, limit: number, countRefused = false): { allowed: boolean; remaining: number; resetAt: number } {
    const now = this.now();
    const recent = (this.hits.get(key) ?? []).filter((at) => at > now - this.milliseconds).slice(-2 * limit);
    const allowed = recent.length < limit;
    if (allowed || countRefused) recent.push(now);
    this.hits.set(key, recent);
    const freeing = recent[Math.max(0, recent.length - limit)] ?? now;
    return { allowed, remaining: Math.max(0, limit - recent.length), resetAt: freeing + this.milliseconds };
  }

  clear(): void {
    this.hits.clear();
  }
}

/** Counts requests under way. */
export class Concurrency {
  private readonly running = new Map<string, number>();

  /** A function that ends the request, or undefined when too many are under way. */
  enter(key: string, limit: number): (() => void) | undefined {
    const now = this.running.get(key) ?? 0;
    if (now >= limit) return undefined;
    this.running.set(key, now + 1);
    let done = false;
    return () => {
      if (done) return;
      done = true;
      this.running.set(key, (this.running.get(key) ?? 1) - 1);
    };
  }

  remaining(key: string, limit: number): number {
    return Math.max(0, limit - (this.running.get(key) ?? 0));
  }
}
