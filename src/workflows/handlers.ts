/** Signals, updates and queries of an issue. Handlers only record; the loop acts. */
import {
  ApplicationFailure,
  defineQuery,
  defineSignal,
  defineUpdate,
  log,
  setDefaultSignalHandler,
  setHandler,
  uuid4,
} from '@temporalio/workflow';
import { OPERATOR_ACTS, QUERY, SIGNAL, type OperatorAct } from '../contract';
import { parseAct, parseHints, shown } from '../core/issue/commands';
import { detailOf, explanationOf } from '../core/issue/describe';
import type { FoundPerson } from '../core/issue/activities';
import type { Command, Fact } from '../core/issue/facts';
import { sourceOf } from '../core/issue/named';
import type { Attention, IssueRecord } from '../core/issue/record';
import type { Explanation, IssueDetail } from '../core/issue/view';
import type { Instant } from '../core/refs';

/** What the handlers need of the loop around them. */
export type Host = {
  record: () => IssueRecord;
  learn: (fact: Fact) => void;
  now: () => Instant;
  findPerson: (name: string) => Promise<FoundPerson>;
};

const ABOUT: Record<OperatorAct, string> = {
  resolve: 'Closes the issue on both sides. No input.',
  reassign: 'Gives the task to somebody: {"to":"anna"} or "anna", a key under people in the rules.',
  retry: 'Tries at once whatever is in attention. No input.',
  mute: 'No comments and no chat for a day, or {"for":"4h"}.',
  unmute: 'Ends the mute early. No input.',
  recheck: 'Reads the issue and looks at the task now. No input.',
};

export function unknownPersonWords({ unknown, didYouMean, people }: Exclude<FoundPerson, { key: string }>): string {
  const meant = didYouMean ? `; did you mean "${didYouMean}"?` : '';
  return `reassign: no person "${unknown}" in the rules${meant}${people ? `${meant ? '' : '.'} People: ${people}` : ''}`;
}

/** @param found whom the person who asks means */
export function reassignment(ask: { id: string; by: string }, { key, name }: { key: string; name?: string }): Command {
  return { id: ask.id, by: ask.by, do: 'reassign', to: key, ...(name === undefined ? {} : { name }) };
}

/** To be called before the first `await`, after all state is there: a signal that started the workflow runs inside. */
export function setHandlers(host: Host): void {
  setHandler(defineQuery<IssueDetail>(QUERY.state), () => detailOf(host.record(), host.now()), {
    description: 'The issue as GET /issues/:id shows it.',
  });
  setHandler(defineQuery<Explanation>(QUERY.explain), () => explanationOf(host.record()), {
    description: 'Why this rule and this person.',
  });
  setHandler(defineQuery<Attention[]>(QUERY.attention), () => host.record().attention, {
    description: 'What failed, with what the vendor said.',
  });
  setHandler(
    defineSignal<[unknown]>(SIGNAL.hints),
    (input) => {
      const { hints, garbage } = parseHints(input);
      for (const hint of hints) host.learn({ is: 'hinted', hint });
      if (garbage > 0) host.learn({ is: 'rejected', what: `hints: ${shown(input)}` });
    },
    { description: `Sent by Errand when ${sourceOf(host.record())} says that something happened.` },
  );
  for (const act of OPERATOR_ACTS) {
    setHandler(
      defineSignal<[unknown]>(act),
      (input) => {
        const parsed = parseAct(act, input, uuid4(), host.now());
        if ('command' in parsed) host.learn({ is: 'commanded', command: parsed.command });
        else if ('ask' in parsed) host.learn({ is: 'asked', ask: parsed.ask });
        else host.learn({ is: 'rejected', what: parsed.reject });
      },
      { description: ABOUT[act] },
    );
    setHandler(defineUpdate<IssueDetail, [unknown]>(act), (input) => answer(host, act, input), {
      description: ABOUT[act],
    });
  }
  setDefaultSignalHandler((name, ...args) => {
    log.warn('unknown signal', { name });
    const input = args.length === 0 ? '' : `: ${shown(args[0])}`;
    host.learn({
      is: 'rejected',
      what: `there is no signal "${name.slice(0, 60)}"${input}; there are ${OPERATOR_ACTS.join(', ')}`,
    });
  });
}

async function answer(host: Host, act: OperatorAct, input: unknown): Promise<IssueDetail> {
  const parsed = parseAct(act, input, uuid4(), host.now());
  if ('reject' in parsed) throw ApplicationFailure.nonRetryable(parsed.reject, 'invalid');
  if ('command' in parsed) host.learn({ is: 'commanded', command: parsed.command });
  else {
    const found = await host.findPerson(parsed.ask.to);
    if (!('key' in found)) throw ApplicationFailure.nonRetryable(unknownPersonWords(found), 'invalid');
    host.learn({ is: 'commanded', command: reassignment(parsed.ask, found) });
  }
  return detailOf(host.record(), host.now());
}
