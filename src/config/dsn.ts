/** A Sentry DSN (develop.sentry.dev/sdk/foundations/transport/authentication, "Parsing the DSN"). */
export type Dsn = { /** Where envelopes are sent to. */ endpoint: string; publicKey: string };

/** `https://<public key>@<host>[:port][/path]/<project id>`; @returns undefined when it is none */
export function parseDsn(text: string): Dsn | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, username, host, pathname, search, hash } = new URL(text);
  const [, path = '', project] = /^(.*)\/(\d+)\/?$/.exec(pathname) ?? [];
  if (!/^https?:$/.test(protocol) || !/^\w+$/.test(username) || project === undefined || search || hash)
    return undefined;
  return { endpoint: `${protocol}//${host}${path}/api/${project}/envelope/`, publicKey: username };
}
