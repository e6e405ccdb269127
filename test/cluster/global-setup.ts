/** Starts Postgres and Temporal once for all suites; each suite has a namespace of its own. Says where by ERRAND_TEST_CLUSTER. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endWatch, watch } from '../support/watchdog';
import { EndedEarly } from './child';
import { findNeeds } from './needs';
import { startPostgres, startTemporal } from './servers';

/** A port can be taken between our look and the server's start. */
const TRIES = 3;

/** Shared with the teardown, which is loaded apart. */
export type Torn = { errandClusterStop?: () => Promise<void> };

export default async function setUp(): Promise<void> {
  const needs = findNeeds();
  const stops: (() => Promise<void>)[] = [];
  (globalThis as Torn).errandClusterStop = async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
    endWatch();
  };
  try {
    const began = Date.now();
    // A folder for each: one that is ours alone could not be entered by the user whom Postgres runs as.
    const dir = (): string => {
      const made = mkdtempSync(join(tmpdir(), 'errand-cluster-'));
      watch(made);
      stops.unshift(() => Promise.resolve(rmSync(made, { recursive: true, force: true })));
      return made;
    };
    const postgres = await again(() => startPostgres(needs, dir()));
    stops.push(postgres.stop);
    const temporal = await again(() => startTemporal(needs, dir(), postgres, 'errand'));
    stops.push(temporal.stop);
    process.env['ERRAND_TEST_CLUSTER'] = temporal.address;
    process.env['ERRAND_TEST_CLUSTER_HTTP'] = temporal.http;
    process.env['ERRAND_TEST_CLUSTER_PID'] = String(temporal.pid);
    process.env['TEMPORAL_CLI_PATH'] = needs.temporal;
    const seconds = Math.round((Date.now() - began) / 1_000);
    process.stdout.write(
      `Postgres, both schemas, Temporal and its namespace: ready after ${seconds} s at ${temporal.address}\n`,
    );
  } catch (e) {
    // Without this Jest leaves what was started: it does not tear down what was not set up.
    await (globalThis as Torn).errandClusterStop?.();
    throw e;
  }
}

async function again<T>(start: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start();
    } catch (e) {
      if (!(e instanceof EndedEarly) || tries >= TRIES) throw e;
    }
  }
}
