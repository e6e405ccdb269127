/** `alerts:<org>`: looks again and again for what needs a person, and tells it once. One per installation. */
import {
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setDefaultSignalHandler,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { QUERY, QUEUE, TROUBLES, type Activities, type AlertsStart } from '../contract';
import {
  detailsOfAlerts,
  initialAlerts,
  knownCauses,
  looked,
  pendingAlarms,
  reported,
  announced,
} from '../core/alerts/alerts';
import { isObject } from '../core/issue/commands';
import { heardAfter, withHeard, type Heard } from '../core/alerts/heard';
import { broughtRecord } from './brought';
import { createClock } from './clock';
import { reasonOf } from './failure';
import type { AlertsRecord } from '../core/alerts/record';
import type { Instant } from '../core/refs';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** Until the first look tells what the rules say. */
const EVERY = MINUTE;
/** Some 45 looks: an idle run with a longer history continues as new. */
const PARK_EVENTS = 500;
/** The next look is another try, so one call is tried a few times only. */
const RETRY = { maximumAttempts: 3, initialInterval: 2 * SECOND, backoffCoefficient: 2 };

const { lookAround } = proxyActivities<Activities>({
  taskQueue: QUEUE.main,
  // A few lists of at most 10 s each, the feed's state, and the messages of new causes, all at once within 12 s.
  startToCloseTimeout: MINUTE,
  retry: RETRY,
  summary: 'See what needs a person',
});
const { tellAlert, reportAlert } = proxyActivities<Activities>({
  // Not behind the news of a storm, which wait in the queue of the chat.
  taskQueue: QUEUE.main,
  // One call of 10 s, or two when the message was deleted, behind its turn of at most 9 s each.
  startToCloseTimeout: 40 * SECOND,
  retry: RETRY,
});

const instant = (): Instant => new Date().toISOString();

/** Runs for ever. */
export async function alerts(input: unknown): Promise<void> {
  const start = (isObject(input) ? input : {}) as Partial<AlertsStart>;
  const org = typeof start.org === 'string' ? start.org : (workflowInfo().workflowId.split(':')[1] ?? '');
  let record = broughtRecord<AlertsRecord>(start.record, 1) ?? initialAlerts();
  // Apart from the record, which a look that is under way replaces.
  let heard = broughtHeard(start.heard);
  let woken = false;
  const { begin } = createClock();

  setHandler(defineQuery<AlertsRecord>(QUERY.state), () => record, { description: 'What needs a person now.' });
  setHandler(
    defineSignal<[unknown]>(TROUBLES),
    (told) => {
      heard = heardAfter(heard, told, instant());
      woken = true;
    },
    { description: 'What a process finds wrong with itself now: {"from":"api one","troubles":[]}.' },
  );
  // Any other signal makes it look at once, too.
  setDefaultSignalHandler(() => {
    woken = true;
  });

  for (;;) {
    begin();
    woken = false;
    record = await lookOnce(record, org, () => heard);
    if (!record.failed) record = await tellPending(record);
    setCurrentDetails(detailsOfAlerts(record));
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    if (historyLength > PARK_EVENTS || continueAsNewSuggested)
      return continueAsNew<typeof alerts>({ org, record, heard } satisfies AlertsStart);
    await condition(() => woken, record.last?.every ?? EVERY);
  }
}

/** Only a run before can have made it, so it is as it was kept. */
function broughtHeard(given: unknown): Heard {
  return workflowInfo().continuedFromExecutionRunId !== undefined && isObject(given) ? (given as Heard) : {};
}

/** What cannot be looked at now is looked at the next time. */
async function lookOnce(record: AlertsRecord, org: string, heard: () => Heard): Promise<AlertsRecord> {
  try {
    const look = await lookAround({ org, known: knownCauses(record) });
    return looked(record, { ...look, troubles: withHeard(look.troubles, heard(), instant()) });
  } catch (e) {
    if (isCancellation(e)) throw e;
    return {
      ...record,
      failed: { at: instant(), message: reasonOf(e).message, tries: (record.failed?.tries ?? 0) + 1 },
    };
  }
}

/** One after the other: Slack takes a message a second. What fails stays pending. */
async function tellPending(before: AlertsRecord): Promise<AlertsRecord> {
  let record = before;
  const pending = pendingAlarms(record);
  for (const alert of pending.report) {
    const done = await tried(() => reportAlert({ alert }));
    if (done === true) record = reported(record, alert);
  }
  for (const alert of pending.message) {
    const message = await tried(() => tellAlert({ alert }));
    if (message !== undefined) record = announced(record, alert, message, instant());
    // Whatever refused this one refuses the others too: they are tried at the next look.
    else break;
  }
  return record;
}

async function tried<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (e) {
    if (isCancellation(e)) throw e;
    return undefined;
  }
}
