/** What people, scripts and broken clients may send: payloads of every kind that is not a command. */
import type { Payload } from '@temporalio/common';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const payload = (encoding: string | Uint8Array, data: string | Uint8Array): Payload => ({
  metadata: { encoding: typeof encoding === 'string' ? bytes(encoding) : encoding },
  data: typeof data === 'string' ? bytes(data) : data,
});
const json = (text: string): Payload => payload('json/plain', text);

/** The largest that is sent; Temporal takes 2 MiB. */
const HUGE = 100 * 1024;
/** Deeper than a recursive walk can go. */
const DEEP = HUGE / 2;

/** Cannot be decoded by any converter, or only to something that is no JSON. */
export const UNDECODABLE: Record<string, Payload[]> = {
  'unknown encoding': [payload('json/protobuf-nonsense', '{}')],
  'encoding that is no text': [payload(Uint8Array.of(0xff, 0xfe, 0x00), 'x')],
  'no encoding': [{ metadata: {}, data: bytes('{"to":"anna"}') }],
  'no metadata': [{ data: bytes('"anna"') }],
  'broken JSON': [json('{"to": "an')],
  'JSON cut inside of a character': [payload('json/plain', Uint8Array.of(0x22, 0xc5))],
  'empty JSON': [json('')],
  'JSON that is not UTF-8': [payload('json/plain', Uint8Array.of(0x22, 0xff, 0xfe, 0x22))],
  'binary protobuf': [payload('binary/protobuf', Uint8Array.of(8, 150, 1))],
  'JSON protobuf': [payload('json/protobuf', '{}')],
  encrypted: [
    payload(
      'binary/encrypted',
      Uint8Array.from({ length: 64 }, (_, i) => i),
    ),
  ],
  'huge and broken': [json(`{"to":"${'x'.repeat(HUGE)}`)],
};

/** Decodes well, and is no command and no list of hints. */
export const NONSENSE: Record<string, Payload[]> = {
  'a number': [json('17')],
  'a huge number': [json('1e999')],
  true: [json('true')],
  'a list': [json('["anna"]')],
  'a list in a list in a list': [json('[[[[]]]]')],
  'deeply nested': [json(`${'['.repeat(DEEP)}${']'.repeat(DEEP)}`)],
  'raw bytes': [
    payload(
      'binary/plain',
      Uint8Array.from({ length: 256 }, (_, i) => i),
    ),
  ],
  'a huge text': [json(JSON.stringify('x'.repeat(HUGE)))],
  'control characters': [json(JSON.stringify('\u0000\u001b[31m\r\n\u202e`**'.repeat(20)))],
  'half of a pair': [json('["\\ud800"]')],
  'two arguments': [json('["a"]'), json('{"b":1}')],
};

/** Objects are fine for acts without input, so these are for the others. */
export const OBJECTS: Record<string, Payload[]> = {
  'an empty object': [json('{}')],
  'a prototype': [json('{"__proto__":{"to":"anna"},"constructor":{"prototype":{}}}')],
  'wrong types': [json('{"to":{"to":"anna"},"for":["1d"],"id":7,"by":[]}')],
  'a duration that is none': [json('{"for":"1 fortnight","to":""}')],
  'a name that is too long': [json(JSON.stringify({ to: 'x'.repeat(HUGE), for: 'y'.repeat(HUGE) }))],
};

/** For `hints` alone: each looks like hints at first sight. */
export const HALF_HINTS: Record<string, Payload[]> = {
  nothing: [payload('binary/null', '')],
  'no list': [json('{"delivery":"d","at":"now","what":"x","urgent":true}')],
  'wrong types': [json('[{"delivery":1,"at":2,"what":3,"urgent":"yes"}]')],
  nulls: [json('[null,null]')],
  'a thousand empty ones': [json(`[${'{},'.repeat(1_000)}{}]`)],
};

/** Taken as hints: what is too long is cut, what is no snapshot is left out. */
export const ODD_HINTS: Record<string, Payload[]> = {
  'huge texts': [hint({ what: 'w'.repeat(HUGE), environment: 'e'.repeat(HUGE), installation: 'i'.repeat(HUGE) })],
  'a seed of wrong types': [
    hint({ seed: { title: 5, status: 'resolved', project: 7, level: {}, environments: 'x', tags: {} } }),
  ],
  'a huge seed': [hint({ seed: { title: 's'.repeat(HUGE), status: 'unresolved', readAt: 'z', tags: {} } })],
};

function hint(more: object): Payload {
  return json(JSON.stringify([{ delivery: 'd', at: 'x', urgent: false, what: 'typed by hand', ...more }]));
}
