/** Keeps the rules in force in step with their files; an invalid edit changes nothing and is said once. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Rules, RulesText } from './load';

/** A change acts within 5 s; polling works on every file system, container mounts among them. */
const POLL_MS = 2_000;

export type WatchedRules = { current: () => Rules; stop: () => void };
export type WatchOptions = {
  load: () => Promise<{ rules: Rules; texts: RulesText[] } | { mistakes: string[] }>;
  onChange: (rules: Rules, texts: RulesText[]) => void;
  onMistakes: (mistakes: string[]) => void;
  /** They were broken when the process started. */
  broken?: boolean;
  pollMs?: number;
};

/** @param first the rules that the process started with; SIGHUP reloads at once */
export function watchRules(
  dir: string,
  first: Rules,
  { load, onChange, onMistakes, broken = false, pollMs = POLL_MS }: WatchOptions,
): WatchedRules {
  let rules = first;
  let seen: string | undefined;
  let said = '';
  let wereBad = broken;

  const look = async (force: boolean, asked: boolean): Promise<void> => {
    const now = await fingerprint(dir);
    if (now === seen && !force) return;
    const loaded = await load();
    seen = now;
    if ('rules' in loaded) {
      const repaired = wereBad;
      wereBad = false;
      said = '';
      // Also said when they are as before: after a mistake, and when somebody asked by SIGHUP.
      if (loaded.rules.hash === rules.hash && !repaired && !asked) return;
      rules = loaded.rules;
      onChange(rules, loaded.texts);
      return;
    }
    const words = loaded.mistakes.join('\n');
    if (words === said) return;
    said = words;
    wereBad = true;
    onMistakes(loaded.mistakes);
  };

  let busy = Promise.resolve();
  const queue = (force: boolean, asked = false): void => {
    busy = busy
      .then(() => look(force, asked))
      .catch((e: unknown) => onMistakes([e instanceof Error ? e.message : String(e)]));
  };
  const hangup = (): void => queue(true, true);
  queue(false);
  const timer = setInterval(() => queue(false), pollMs);
  timer.unref();
  process.on('SIGHUP', hangup);
  return {
    current: () => rules,
    stop: () => {
      clearInterval(timer);
      process.off('SIGHUP', hangup);
    },
  };
}

async function fingerprint(dir: string): Promise<string> {
  const names = (await readdir(dir).catch(() => [])).sort();
  const stats = await Promise.all(
    names.map(async (name) => {
      const s = await stat(join(dir, name)).catch(() => undefined);
      return `${name}:${s?.mtimeMs ?? 0}:${s?.size ?? 0}`;
    }),
  );
  return stats.join('|');
}
