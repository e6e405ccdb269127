/** Runs a dev server with the options given as JSON, says its pids and address as JSON, and lives until it is killed. */
import { startDevServer, type DevServerOptions } from '../../../../src/temporal/server/dev-server';

const options = JSON.parse(process.argv[2] ?? '{}') as Omit<DevServerOptions, 'say'>;
void startDevServer({ ...options, env: process.env, say: () => undefined }).then(
  ({ pid, supervisorPid: supervisorPid, address }) =>
    process.stdout.write(`${JSON.stringify({ pid, supervisorPid, address })}\n`),
);
