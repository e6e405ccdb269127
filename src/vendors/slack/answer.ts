/** How much of an answer is read for @slack/web-api 8.2, which itself reads all of it, and unpacks what calls itself gzip. */
import type { FetchFunction } from '@slack/web-api';
import { readBytes } from '../http/client';

/** The largest answer repeats a message: 50 blocks of 3,000 characters, escaped in JSON to six bytes each at most. */
const MAX_BYTES = 1024 * 1024;

/** fetch whose answer is in memory, and small. @throws Error when it is larger; the rest is not downloaded then */
export const fetchSmall: FetchFunction = async (url, init) => {
  const answer = await fetch(url, init);
  const bytes = await readBytes(answer, MAX_BYTES);
  if (bytes === undefined) throw new Error(`an answer of more than ${MAX_BYTES} bytes`);
  const headers = new Headers(answer.headers);
  // No method that Errand calls is answered with anything but JSON.
  headers.delete('content-type');
  const text = bytes.toString('utf8');
  return {
    ok: answer.ok,
    status: answer.status,
    statusText: answer.statusText,
    url: answer.url,
    headers,
    arrayBuffer: () => Promise.resolve(new Uint8Array(bytes).buffer),
    json: () => Promise.resolve().then(() => JSON.parse(text) as unknown),
    text: () => Promise.resolve(text),
  };
};
