import { type Answer, type Call, json, Refusal } from '../serve';

const DETAILS: Record<number, string> = {
  400: 'Bad request',
  401: 'Authentication credentials were not provided.',
  403: 'You do not have permission to perform this action.',
  404: 'The requested resource does not exist',
  500: 'Internal Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

/** Sentry's error body is `{detail}`; a 429 is plain text without Retry-After (https://docs.sentry.io/api/ratelimits/). */
export function sentryError(status: number, detail = DETAILS[status] ?? 'Error'): Answer {
  if (status === 429)
    return { status, text: JSON.stringify({ detail }), headers: { 'content-type': 'text/html; charset=utf-8' } };
  return json(status, { detail });
}

export function refuse(status: number, detail?: string): Refusal {
  return new Refusal(sentryError(status, detail));
}

/** A validation error names its field: `{field: [message]}`. */
export function invalid(field: string, message: string): Refusal {
  return new Refusal(json(400, { [field]: [message] }));
}

/** The JSON object of a request. */
export function bodyOf(call: Call): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(call.raw.toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>;
  } catch {
    throw refuse(400, 'JSON parse error');
  }
  throw refuse(400, 'Invalid data. Expected a dictionary.');
}
