/** The operators' hands: POST /issues/:id/{resolve,reassign,retry,mute,unmute,recheck}, and the log of who did what. */
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { OPERATOR_ACTS, refOf, type OperatorAct } from '../../contract';
import { ErrandError } from '../../errors';
import type { Rules } from '../../rules/load';
import type { Metrics } from '../../telemetry/metrics';
import type { TemporalClient } from '../../temporal/client/client';
import { terminalLine } from '../../text/terminal';
import type { Abilities } from '../../core/issue/settings';
import type { IssueDetail } from '../../core/issue/view';
import type { IssueView } from '../../core/issue/row';
import type { IssueRef } from '../../core/refs';
import { actInput, commandId, commandKey, knownPerson, shownInput, type ActInput } from './act-request';
import type { requireRole } from './auth';
import { fromServer } from './from-temporal';
import type { ActLogEntry, Inbox } from '../inbox/types';
import { resolveId } from './issues';

export type ActParts = {
  temporal: TemporalClient;
  inbox: Inbox;
  org: string;
  /** Those in force: asked for at every act. */
  rules: () => Rules;
  can: Abilities;
  metrics: Pick<Metrics, 'act'>;
  log: FastifyBaseLogger;
};
type ById = { Params: { id: string } };
type Outcome = { status: 200; body: IssueDetail } | { status: 202; body: Recorded };
/** No worker answered; the command waits in Temporal. `command` is the key that makes it one. */
export type Recorded = { recorded: true; command: string; issue: string };

export function actRoutes(
  app: FastifyInstance,
  parts: ActParts,
  operator: { onRequest: ReturnType<typeof requireRole> },
): void {
  for (const path of ['/issues', '/errors'])
    for (const name of OPERATOR_ACTS)
      app.post<ById>(`${path}/:id/${name}`, operator, (request, reply) => act(parts, name, request, reply));
}

async function act(
  parts: ActParts,
  name: OperatorAct,
  request: FastifyRequest<ById>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  return logged(parts, { by: request.by, act: name, issue: request.params.id }, reply, (entry) =>
    perform(parts, name, request, reply, entry),
  );
}

/** What is known of an act so far; the log shows it also when the act was refused half-way. */
export type ActEntry = Omit<ActLogEntry, 'outcome' | 'code'>;

/** Answers an act, counts it, and writes it to the log of acts. */
export async function logged(
  parts: Pick<ActParts, 'inbox' | 'metrics' | 'log'>,
  about: Pick<ActEntry, 'by' | 'act' | 'issue'>,
  reply: FastifyReply,
  work: (entry: ActEntry) => Promise<{ status: 200 | 202; body: object }>,
): Promise<FastifyReply> {
  const entry: ActEntry = { id: parts.inbox.newId(), at: new Date().toISOString(), ...about };
  try {
    const { status, body } = await work(entry);
    parts.metrics.act(entry.act, 'recorded' in body ? 'recorded' : 'done');
    await written(parts, { ...entry, outcome: String(status) });
    return await reply.code(status).send(body);
  } catch (e) {
    const error = e instanceof ErrandError ? e : new ErrandError('unexpected');
    const { code } = error;
    parts.metrics.act(entry.act, code);
    await written(parts, { ...entry, outcome: String(error.entry.http), code });
    throw e;
  }
}

async function perform(
  parts: ActParts,
  name: OperatorAct,
  request: FastifyRequest<ById>,
  reply: FastifyReply,
  entry: ActEntry,
): Promise<Outcome> {
  const { temporal } = parts;
  // As it came, in case that it is refused.
  entry.input = shownInput(request.body);
  const key = commandKey(request.headers['idempotency-key']);
  entry.command = key;
  void reply.header('idempotency-key', key);
  const sent = actInput(name, typeof request.body === 'string' ? request.body : undefined);
  entry.input = sent;
  const rules = parts.rules();
  const input: ActInput = sent.to === undefined ? sent : { to: knownPerson(rules, sent.to) };
  const { id, ref, earlier } = await known(parts, request.params.id);
  entry.issue = id;
  const command = { ...input, id: commandId(name, input, request.by, key), by: request.by };
  const answer = await fromServer(
    () => temporal.command(ref, name, command, rules.settings, earlier),
    `Whether it was recorded is not known: send it once more with Idempotency-Key ${key}.`,
  );
  // What failed and waits in Temporal for its next attempt is not in the workflow's hands. It comes by itself, too.
  if (name === 'retry')
    await temporal
      .tryNow(id)
      .catch((e: unknown) =>
        parts.log.warn({ err: e, issue: id }, 'the next attempt could not be brought forward; it comes by itself'),
      );
  if (answer === 'recorded') return { status: 202, body: { recorded: true, command: key, issue: id } };
  return { status: 200, body: answer };
}

/** @throws ErrandError `issue_unknown`: an update-with-start of any id would begin a workflow */
async function known(
  { temporal, org }: ActParts,
  given: string,
): Promise<{ id: string; ref: IssueRef; earlier?: IssueView }> {
  return fromServer(async () => {
    const id = await resolveId(temporal, org, given);
    const ref = id === undefined ? undefined : refOf(id);
    const run = ref && id !== undefined ? await temporal.run(id) : undefined;
    if (id === undefined || !ref || !run) throw new ErrandError('issue_unknown');
    return { id, ref, earlier: run.earlier };
  }, 'Nothing was recorded.');
}

/** Ids and names stand in it as they were typed, so they are made fit for the terminal on which it is read. */
function readable({ by, issue, input, ...rest }: ActLogEntry): ActLogEntry {
  const lines = Object.entries(input ?? {}).map(([name, value]) => [terminalLine(name), terminalLine(value)] as const);
  return {
    ...rest,
    by: terminalLine(by),
    issue: issue === null ? null : terminalLine(issue),
    ...(input === undefined ? {} : { input: Object.fromEntries(lines) }),
  };
}

/** A full disk must not undo what Temporal has taken, nor keep operators from acting. */
async function written({ inbox, log }: Pick<ActParts, 'inbox' | 'log'>, act: ActLogEntry): Promise<void> {
  const entry = readable(act);
  try {
    await inbox.appendAct(entry);
  } catch (e) {
    log.error({ err: e, act: entry }, 'an act could not be written to the log of acts');
  }
}
