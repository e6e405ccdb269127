import type { Json, SentryEvent, SentryIssue } from '../records';

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const objects = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** The tags of an event in either shape, pairs or `{key, value}`. */
export function tagsOf(raw: Json): [string, string][] {
  if (isObject(raw.tags)) return Object.entries(raw.tags).map(([key, value]) => [key, String(value)]);
  if (!Array.isArray(raw.tags)) return [];
  return raw.tags.flatMap((tag: unknown): [string, string][] => {
    if (Array.isArray(tag) && tag.length >= 2) return [[String(tag[0]), String(tag[1])]];
    return isObject(tag) ? [[String(tag.key), String(tag.value)]] : [];
  });
}

function frame(raw: Json): Json {
  const line = typeof raw.lineno === 'number' ? raw.lineno : null;
  const before = Array.isArray(raw.pre_context) ? raw.pre_context : [];
  const after = Array.isArray(raw.post_context) ? raw.post_context : [];
  const context: [number, unknown][] = [];
  if (line !== null && typeof raw.context_line === 'string') {
    before.forEach((source: unknown, index) => context.push([line - before.length + index, source]));
    context.push([line, raw.context_line]);
    after.forEach((source: unknown, index) => context.push([line + 1 + index, source]));
  }
  return {
    filename: raw.filename ?? null,
    absPath: raw.abs_path ?? null,
    module: raw.module ?? null,
    package: raw.package ?? null,
    platform: raw.platform ?? null,
    instructionAddr: raw.instruction_addr ?? null,
    symbolAddr: raw.symbol_addr ?? null,
    function: raw.function ?? null,
    rawFunction: raw.raw_function ?? null,
    symbol: raw.symbol ?? null,
    context,
    lineNo: line,
    colNo: raw.colno ?? null,
    inApp: raw.in_app ?? null,
    trust: raw.trust ?? null,
    errors: raw.errors ?? null,
    vars: raw.vars ?? null,
  };
}

function stacktrace(raw: unknown): Json | null {
  if (!isObject(raw)) return null;
  return { frames: objects(raw.frames).map(frame), framesOmitted: null, registers: null, hasSystemFrames: true };
}

function exceptions(raw: Json): Json[] {
  const source = raw.exception ?? raw['sentry.interfaces.Exception'];
  const values = isObject(source) ? objects(source.values) : objects(source);
  return values.map((one) => ({
    type: one.type ?? null,
    value: one.value ?? null,
    mechanism: one.mechanism ?? null,
    threadId: null,
    module: one.module ?? null,
    stacktrace: stacktrace(one.stacktrace),
    rawStacktrace: null,
  }));
}

function entries(raw: Json): Json[] {
  const found: Json[] = [];
  const values = exceptions(raw);
  if (values.length > 0) found.push({ type: 'exception', data: { values, excOmitted: null, hasSystemFrames: true } });
  const alone = stacktrace(raw.stacktrace ?? raw['sentry.interfaces.Stacktrace']);
  if (alone !== null) found.push({ type: 'stacktrace', data: alone });
  const formatted = isObject(raw.logentry) ? raw.logentry.formatted : undefined;
  if (typeof formatted === 'string') found.push({ type: 'message', data: { formatted } });
  if (isObject(raw.breadcrumbs)) found.push({ type: 'breadcrumbs', data: { values: objects(raw.breadcrumbs.values) } });
  if (isObject(raw.request)) found.push({ type: 'request', data: raw.request });
  return found;
}

function user(raw: Json): Json | null {
  if (!isObject(raw.user)) return null;
  const { id, email, username, ip_address, name } = raw.user;
  return {
    id: id ?? null,
    email: email ?? null,
    username: username ?? null,
    ip_address: ip_address ?? null,
    name: name ?? null,
    data: null,
  };
}

function head(event: SentryEvent, issue: SentryIssue): Json {
  const { raw } = event;
  const tags = tagsOf(raw).map(([key, value]) => ({ key, value }));
  return {
    id: event.id,
    eventID: event.id,
    groupID: issue.id,
    projectID: issue.project,
    title: text(raw.title) ?? issue.title,
    message: text(raw.message) ?? '',
    platform: text(raw.platform) ?? issue.platform,
    location: raw.location ?? null,
    culprit: text(raw.culprit) ?? issue.culprit,
    metadata: isObject(raw.metadata) ? raw.metadata : issue.metadata,
    tags,
    user: user(raw),
    dateCreated: event.at,
    crashFile: null,
  };
}

/** A row of an issue's events (https://docs.sentry.io/api/events/list-an-issues-events/). */
export function eventRow(event: SentryEvent, issue: SentryIssue): Json {
  return { ...head(event, issue), 'event.type': text(event.raw.type) ?? 'error' };
}

/** A whole event as the REST API tells it: other names than in a webhook (https://docs.sentry.io/api/events/retrieve-an-issue-event/). */
export function eventView(
  event: SentryEvent,
  issue: SentryIssue,
  all: readonly SentryEvent[],
  release: Json | null,
): Json {
  const { raw } = event;
  const index = all.indexOf(event);
  return {
    ...head(event, issue),
    dist: raw.dist ?? null,
    type: text(raw.type) ?? 'error',
    size: JSON.stringify(raw).length,
    errors: [],
    previousEventID: all[index - 1]?.id ?? null,
    nextEventID: all[index + 1]?.id ?? null,
    dateReceived: event.at,
    entries: entries(raw),
    packages: isObject(raw.modules) ? raw.modules : {},
    sdk: isObject(raw.sdk) ? { name: raw.sdk.name ?? null, version: raw.sdk.version ?? null } : null,
    contexts: isObject(raw.contexts) ? raw.contexts : {},
    context: isObject(raw.extra) ? raw.extra : {},
    fingerprints: Array.isArray(raw.hashes) ? raw.hashes : [],
    groupingConfig: isObject(raw.grouping_config) ? raw.grouping_config : {},
    occurrence: raw.occurrence ?? null,
    release,
    resolvedWith: [],
    sdkUpdates: [],
    userReport: null,
    _meta: {},
  };
}
