/** Settings with which Errand runs, but that leave a door ajar: each is said once at the start. */
import { statSync } from 'node:fs';

/**
 * Characters. As hexadecimal, the poorest alphabet that people choose, sixteen are 64 bits: at a thousand tries a second half
 * of them take 300 million years. Of those of our own choosing shorter ones are refused; those of a vendor's choosing are said.
 */
export const TOKEN_MIN = 16;

/** Neither group nor others may write what only its owner is to choose. */
export const WRITE_BY_OTHERS = 0o022;

const LOOPBACK = /^(127(\.\d{1,3}){3}|localhost|\[?::1\]?)$/;
/** A host as a listener is given it, or as a URL has it: `[::1]`. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

export type Weakness = {
  clientSecrets: readonly string[];
  /** Addresses of vendors by the variable that names them. */
  vendors: Readonly<Record<string, string | undefined>>;
  operatorHost: string;
  operatorUrl: string | undefined;
  publicUrl: string | undefined;
};

/** Of RFC 1918, RFC 4193 and of one link: no vendor can send to it. */
const PRIVATE = /^(10|127|169\.254|172\.(1[6-9]|2\d|3[01])|192\.168)\.|^\[(::1\]|f[cd]|fe80:)/;
function publicUrlWords({ protocol, hostname }: URL): string[] {
  const from = `PUBLIC_URL: no vendor reaches ${hostname}`;
  return [
    ...(protocol === 'https:' ? [] : ['PUBLIC_URL is not https: webhooks travel in clear.']),
    ...(PRIVATE.test(hostname) ? [`${from}, which is a private address.`] : []),
    ...(/[.:]/.test(hostname) ? [] : [`${from}, which is a name of this network alone: it has no dot.`]),
  ];
}

/** A sentence for each, by the name of its variable and never with a secret's value. */
export function weakWords({ clientSecrets, vendors, operatorHost, operatorUrl, publicUrl }: Weakness): string[] {
  const clear = Object.entries(vendors).filter(([, url]) => url !== undefined && travelsInClear(url));
  return [
    ...(publicUrl === undefined ? [] : publicUrlWords(new URL(publicUrl))),
    ...(operatorUrl !== undefined && travelsInClear(operatorUrl)
      ? ['OPERATOR_URL is not https: operators’ tokens travel in clear.']
      : []),
    ...(clientSecrets.some((secret) => secret.length < TOKEN_MIN)
      ? [`SENTRY_CLIENT_SECRET is shorter than ${TOKEN_MIN} characters: anybody who guesses it can sign webhooks.`]
      : []),
    ...clear.map(([name]) => `${name} is http beyond this machine: tokens and issues travel in clear.`),
    ...(isLoopback(operatorHost)
      ? []
      : [
          "OPERATOR_HOST is not a loopback address: operators' tokens travel in clear, unless TLS stands in front of OPERATOR_PORT and nothing else reaches it.",
        ]),
  ];
}

function travelsInClear(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !isLoopback(hostname);
}

/**
 * What to say of a file with a secret that others may write: who writes it chooses the secret.
 * @param name the variable that names it
 * @returns undefined when only its owner may, where files have no such modes, and when it is gone
 */
export function writableWords(name: string, path: string): string | undefined {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  if (process.platform === 'win32' || mode === undefined || (mode & WRITE_BY_OTHERS) === 0) return undefined;
  return `${name} ${path} may be written by others (mode ${(mode & 0o777).toString(8)}), who then choose the secret: chmod go-w ${path}`;
}
