/** The rules that a process works by: kept in step with their files, with a copy of the last good ones, and with what is wrong now. */
import type { OwnTrouble } from '../contract';
import type { Log } from '../telemetry/log';
import type { Instant } from '../core/refs';
import { keepCopy } from './good-copy';
import type { Rules, RulesText } from './load';
import { watchRules } from './reload';
import { loadUsable, THOSE_BEFORE, type BrokenRules, type FirstRules, type RulesHome } from './start';

export type RulesTrouble = BrokenRules & { since: Instant };
export type RulesInForce = {
  current: () => Rules;
  /** undefined: the files are those in force. */
  trouble: () => RulesTrouble | undefined;
  stop: () => void;
};

export type RulesOptions = RulesHome & {
  log: Log;
  /** Of what is wrong; `info` where another process of this installation says the same. */
  level: 'error' | 'info';
  /** They are broken, broken otherwise, or repaired. */
  changed: (trouble: RulesTrouble | undefined) => void;
  pollMs?: number;
};

/** Files that are broken at the start are told of by the first look at them, within a moment. */
export function rulesInForce(first: FirstRules, o: RulesOptions): RulesInForce {
  const now = (): Instant => new Date().toISOString();
  let trouble: RulesTrouble | undefined = 'broken' in first ? { since: now(), ...first.broken } : undefined;

  const keep = (texts: RulesText[]): void => {
    try {
      keepCopy(o.dataDir, texts);
    } catch (e) {
      const why = e instanceof Error ? e.message : String(e);
      o.log.warn({ why }, 'no copy of the rules could be kept in DATA_DIR: should they break, no worker starts');
    }
  };
  if ('texts' in first) keep(first.texts);
  const watched = watchRules(o.dir, first.rules, {
    load: () => loadUsable(o),
    onChange: (rules, texts) => {
      keep(texts);
      const { hash } = rules;
      if (!trouble) return o.log.info({ hash }, 'the rules were read; they hold for decisions from now on');
      trouble = undefined;
      // Where others say the same, the terminal shows it once.
      const shown = o.level === 'error' ? { told: true } : {};
      o.log.info({ hash, ...shown }, 'the rules are repaired; they hold for decisions from now on');
      o.changed(undefined);
    },
    onMistakes: (mistakes) => {
      trouble = { since: trouble?.since ?? now(), instead: trouble?.instead ?? THOSE_BEFORE, mistakes };
      o.log[o.level](
        { why: mistakes[0], mistakes },
        `the rules cannot be used, ${trouble.instead}; see \`errand rules check\``,
      );
      o.changed(trouble);
    },
    broken: 'broken' in first,
    pollMs: o.pollMs,
  });
  return { current: watched.current, trouble: () => trouble, stop: watched.stop };
}

/** As the alerts take it. */
export function brokenTrouble(trouble: RulesTrouble | undefined): Omit<OwnTrouble, 'code'> | undefined {
  if (!trouble) return undefined;
  const { since, mistakes } = trouble;
  return { since, times: mistakes.length, said: mistakes[0] ?? '' };
}
