/**
 * Loaded before the worker and the sandbox of the throughput benchmark: lifts the vendors' rate limits, on the pretend
 * vendors' side and in the clients that respect them. Without it the benchmark would measure Sentry's five requests a second.
 * Each name is checked, so that a change of the product breaks this loudly instead of limiting one side in silence.
 */
'use strict';
const { join } = require('node:path');

const dist = (path) => require(join(__dirname, '..', 'dist', path));

function replace(owner, name, by) {
  if (typeof owner?.[name] !== 'function') throw new Error(`bench/no-limits.cjs: there is no ${name} any more`);
  owner[name] = by(owner[name]);
}

const command = process.argv.slice(2);

if (command.includes('worker')) {
  const ENDLESS = 1e9;
  replace(
    dist('vendors/http/bucket.js'),
    'createBucket',
    (create) => (options) => create({ ...options, perMinute: ENDLESS, burst: ENDLESS }),
  );
  const { Worker } = require('@temporalio/worker');
  replace(Worker, 'create', (create) => (options) => {
    const unlimited = { ...options };
    delete unlimited.maxTaskQueueActivitiesPerSecond;
    return create.call(Worker, unlimited);
  });
}

if (command.includes('sandbox')) {
  const allowed = { allowed: true, remaining: 1, resetAt: 0 };
  replace(dist('sandbox/limits.js').Window?.prototype, 'take', () => () => allowed);
  replace(dist('sandbox/slack.js').Bucket?.prototype, 'take', () => () => 0);
}
