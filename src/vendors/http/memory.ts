/** Remembered answers: one read at a time per key, kept for as long as the value deserves. */
type Memory<T> = {
  /** The remembered value, or that of `read`; callers who come meanwhile share it. A failure is not remembered. */
  get(key: string, read: () => Promise<T>): Promise<T>;
  forget(key: string): void;
  /** ms since the value was read; 0 while it is being read, Infinity when there is none. */
  age(key: string): number;
};

/** `ttlMs`: how long a value is good for. Holds at most `max` keys, the oldest go first. */
export function createMemory<T>(options: { now: () => number; ttlMs: (value: T) => number; max?: number }): Memory<T> {
  const { now, ttlMs, max = 2_000 } = options;
  type Entry = { value: Promise<T>; readAt?: number; until?: number };
  const entries = new Map<string, Entry>();

  return {
    async get(key, read) {
      const known = entries.get(key);
      if (known && (known.until === undefined || now() < known.until)) return known.value;
      const entry: Entry = { value: read() };
      entries.delete(key);
      entries.set(key, entry);
      for (const oldest of entries.keys()) {
        if (entries.size <= max) break;
        entries.delete(oldest);
      }
      try {
        const value = await entry.value;
        entry.readAt = now();
        entry.until = entry.readAt + ttlMs(value);
        return value;
      } catch (error) {
        if (entries.get(key) === entry) entries.delete(key);
        throw error;
      }
    },
    forget: (key) => void entries.delete(key),
    age(key) {
      const entry = entries.get(key);
      if (!entry) return Infinity;
      return entry.readAt === undefined ? 0 : now() - entry.readAt;
    },
  };
}
