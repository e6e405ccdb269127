import { type Answer, type Call, json, Refusal } from '../serve';

const HELP =
  'For more information on API status codes and how to handle them, read the docs on errors: https://developers.asana.com/docs/errors';
const MESSAGES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Not Authorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'No matching route for request',
  429: "You've made too many requests and hit a rate limit. Please retry after the given amount of time.",
  500: 'Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

/** Asana's error body, `{errors:[{message, help}]}` (https://developers.asana.com/docs/errors). A phrase comes with a 500 only. */
export function asanaError(status: number, message = MESSAGES[status] ?? 'Error'): Answer {
  const error = { message, help: HELP };
  return json(status, { errors: [status === 500 ? { ...error, phrase: '6 sad squid snuggle softly' } : error] });
}

export function refuse(status: number, message?: string): Refusal {
  return new Refusal(asanaError(status, message));
}

type Body = Record<string, unknown>;

/** The `data` of a request body; everything a call says goes under that key (https://developers.asana.com/docs/input-output-options). */
export function dataOf(call: Call): Body {
  return objectOf(bodyOf(call).data, 'data: Missing input');
}

/** `options.fields` of a request body, beside `data`. */
export function optionFields(call: Call): string[] {
  if (call.raw.length === 0) return [];
  const options = bodyOf(call).options;
  const fields = typeof options === 'object' && options !== null ? (options as Body).fields : undefined;
  return Array.isArray(fields) ? fields.map(String) : [];
}

function bodyOf(call: Call): Body {
  let parsed: unknown;
  try {
    parsed = JSON.parse(call.raw.toString('utf8'));
  } catch {
    throw refuse(400, 'Could not parse request data, invalid JSON');
  }
  return objectOf(parsed, 'Could not parse request data, invalid JSON');
}

function objectOf(value: unknown, problem: string): Body {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse(400, problem);
  return value as Body;
}

/** A required text of the body. */
export function textOf(data: Body, name: string): string {
  const value = data[name];
  if (value === undefined || value === null) throw refuse(400, `${name}: Missing input`);
  if (typeof value !== 'string') throw refuse(400, `${name}: Not a string`);
  return value;
}

/** A list of the body; absent is empty. */
export function listOf(data: Body, name: string): string[] {
  const value = data[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw refuse(400, `${name}: Not an array`);
  return value.map((item: unknown) => {
    if (typeof item !== 'string') throw refuse(400, `${name}: Not a string`);
    return item;
  });
}
