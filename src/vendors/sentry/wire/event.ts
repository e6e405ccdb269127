/**
 * What is taken from an event: frames, tags, release, environment. Never request headers, cookies, bodies, user data or
 * frame variables. The webhook's shape is snake_case with pairs, REST's is camelCase with `entries` and objects; very old
 * servers write `sentry.interfaces.Exception`. All are read alike.
 */
import { scrub } from '../../../text/scrub';
import { at, field, line } from './value';
import { asList, asText, record } from '../../http/json';

const FRAMES = 8;
const FRAME_LENGTH = 200;
const TAGS = 20;
const TAG_KEY_LENGTH = 64;
const TAG_LENGTH = 100;
/** Sentry allows 64 characters for an environment and 200 for a release (develop.sentry.dev/sdk/telemetry). */
const ENVIRONMENT_LENGTH = 64;
const RELEASE_LENGTH = 200;
/** More frames or tags than this are not looked at; Sentry itself keeps at most 250 frames and 200 tags. */
const LOOKED_AT = 500;

/** Tags that hold user data, whatever their value; `sentry:user` is the older name of `user`. */
const PERSONAL = /^(?:sentry:)?user(?:\.(?:id|email|username|name|ip|ip_address|geo.*))?$|^(?:ip|ip_address|email)$/;
const POISON = new Set(['__proto__', 'constructor', 'prototype']);

/** `[["level","error"]]`, `[{key, value}]`, or `{level: "error"}`, as pairs in the given order. */
function tagPairs(event: unknown): [string, unknown][] {
  const tags = field(event, 'tags');
  const pairs = Array.isArray(tags)
    ? asList(tags)
        .slice(0, LOOKED_AT)
        .map((tag): [unknown, unknown] =>
          Array.isArray(tag) ? [asList(tag)[0], asList(tag)[1]] : [field(tag, 'key'), field(tag, 'value')],
        )
    : Object.entries(record(tags) ?? {}).slice(0, LOOKED_AT);
  return pairs.flatMap(([key, value]): [string, unknown][] => (typeof key === 'string' ? [[key, value]] : []));
}

/** At most 20 tags with values of at most 100 characters; the first of a name counts. */
export function tagsOf(event: unknown): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const [name, value] of tagPairs(event)) {
    const key = line(name, TAG_KEY_LENGTH);
    if (!key || PERSONAL.test(key.toLowerCase()) || POISON.has(key) || Object.hasOwn(tags, key)) continue;
    const said = line(value, TAG_LENGTH);
    if (said === undefined) continue;
    tags[key] = said;
    if (Object.keys(tags).length === TAGS) break;
  }
  return tags;
}

/** One tag's value, also when it is not among the first 20. */
export function tagOf(event: unknown, name: string): unknown {
  return tagPairs(event).find(([key]) => key === name)?.[1];
}

/** `event.environment`, or the tag. Sentry's "no environment" is an empty text and gives undefined. */
export function environmentOf(event: unknown): string | undefined {
  return line(field(event, 'environment'), ENVIRONMENT_LENGTH) ?? line(tagOf(event, 'environment'), ENVIRONMENT_LENGTH);
}

/** A release as text (webhook), as an object with `version` (REST), or as a tag. */
export function releaseOf(value: unknown): string | undefined {
  return line(typeof value === 'string' ? value : field(value, 'version'), RELEASE_LENGTH);
}

export function releaseOfEvent(event: unknown): string | undefined {
  return (
    releaseOf(field(event, 'release')) ??
    line(tagOf(event, 'release') ?? tagOf(event, 'sentry:release'), RELEASE_LENGTH)
  );
}

/** Every frame of one exception, stacktrace or thread, oldest first as Sentry sends them. */
function framesIn(holder: unknown): unknown[] {
  const frames = asList(at(holder, 'stacktrace', 'frames'));
  return frames.length > 0 ? frames : asList(field(holder, 'frames'));
}

/** What holds frames, in the order of trust: the exception thrown last, then a bare stacktrace, then the crashed thread. */
function holders(event: unknown): unknown[] {
  const entries = asList(field(event, 'entries'));
  const entry = (type: string): unknown =>
    field(
      entries.find((e) => field(e, 'type') === type),
      'data',
    );
  const exceptions = [
    field(event, 'exception'),
    entry('exception'),
    field(event, 'sentry.interfaces.Exception'),
  ].flatMap((value) => asList(Array.isArray(value) ? value : field(value, 'values')).toReversed());
  const threads = [field(event, 'threads'), entry('threads')].flatMap((value) => asList(field(value, 'values')));
  return [
    ...exceptions,
    field(event, 'stacktrace'),
    entry('stacktrace'),
    field(event, 'sentry.interfaces.Stacktrace'),
    ...threads.filter((thread) => field(thread, 'crashed') === true),
  ];
}

/** `src/pay.ts:42 in charge`; undefined when the frame names neither a file nor a function. */
function frameText(frame: unknown): string | undefined {
  const file =
    asText(field(frame, 'filename')) ??
    asText(field(frame, 'abs_path')) ??
    asText(field(frame, 'absPath')) ??
    asText(field(frame, 'module'));
  const name = asText(field(frame, 'function'));
  if (!file && !name) return undefined;
  const number = asText(field(frame, 'lineno')) ?? asText(field(frame, 'lineNo'));
  // A path is cut from the left, where it says least; masked before that.
  const where = scrub(file ?? '?').slice(-FRAME_LENGTH);
  return line(`${where}${number ? `:${number}` : ''}${name ? ` in ${name}` : ''}`, FRAME_LENGTH);
}

/**
 * At most 8 frames as `file:line in function`, the crash frame first: those of our own code when there are any, else all.
 * They come from the exception that gives the issue its title; from an earlier one of the chain when that has none.
 */
export function framesOf(event: unknown): string[] {
  for (const holder of holders(event)) {
    const frames = framesIn(holder).slice(-LOOKED_AT).toReversed();
    const own = frames.filter((frame) => field(frame, 'in_app') === true || field(frame, 'inApp') === true);
    const said = (own.length > 0 ? own : frames).slice(0, FRAMES).flatMap((frame) => frameText(frame) ?? []);
    if (said.length > 0) return said;
  }
  return [];
}
