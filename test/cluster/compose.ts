/** docker-compose.yml as `docker compose config` would show it: merged, and with the defaults of its variables put in. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export const COMPOSE_FILE = join(__dirname, '..', '..', 'docker-compose.yml');
/** `${NAME}`, `${NAME:-default}`, `${NAME:?what to do}`: the forms that are used here. */
export const VARIABLE = /\$\{(\w+)(?::([-?])([^}]*))?\}/g;

export type Service = {
  image?: string;
  build?: string;
  command?: string[];
  entrypoint?: string[];
  environment?: Record<string, string>;
  env_file?: (string | { path: string; required?: boolean })[];
  cap_drop?: string[];
  security_opt?: string[];
  read_only?: boolean;
  tmpfs?: string[];
  mem_limit?: string;
  pids_limit?: number;
  user?: string;
  hostname?: string;
  ports?: string[];
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
  networks?: string[];
  volumes?: (string | { type: string; source: string; target: string })[];
  profiles?: string[];
  restart?: string;
};
export type Compose = {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  networks: Record<string, unknown>;
};

/** @param values of the variables; without one, a default or nothing */
export function compose(values: Record<string, string> = {}): Compose {
  const text = readFileSync(COMPOSE_FILE, 'utf8').replace(
    VARIABLE,
    (_all, name: string, how?: string, rest?: string) => {
      return values[name] || (how === '-' ? (rest ?? '') : '');
    },
  );
  return parse(text, { merge: true }) as Compose;
}

/** @throws Error when there is no such service */
export function serviceOf(name: string): Service {
  const service = compose().services[name];
  if (!service) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
}
