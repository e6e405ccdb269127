/**
 * The smoke suites on Postgres and Temporal's own server instead of the development server, with two receivers and two workers as
 * processes of their own: `npm run test:cluster`. Not part of `npm test`, because it needs Postgres; see docs/developing/cluster-tests.md.
 */
const {
  testTimeout,
  projects: [base],
} = require('./jest.config.cjs');

/**
 * Left out, each for its reason:
 * - up, ports, environment: about `errand up` itself, its story, its ports, its DATA_DIR, its words;
 * - kill, kill-while-busy: how `up` brings its children back; the cluster's own is test/cluster/kill.test.ts;
 * - separate: starts a server and processes of its own, whatever is asked for;
 * - bad-input, metrics: the answers and figures of one receiver, and of one worker on one port;
 * - demo: scenes that count what the one receiver of `up` was sent;
 * - alerts: what one api and one worker tell of themselves, and sweeps at the pace of a new server;
 * - rebuild: throws away the database file of the embedded server.
 */
const LEFT_OUT = [
  ...['up', 'ports', 'environment', 'kill', 'kill-while-busy', 'separate', 'bad-input', 'metrics', 'demo', 'alerts'],
  'rebuild',
];

/** @type {import('jest').Config} */
module.exports = {
  ...base,
  displayName: 'cluster',
  globalSetup: '<rootDir>/test/cluster/global-setup.ts',
  globalTeardown: '<rootDir>/test/cluster/global-teardown.ts',
  roots: ['<rootDir>/test/smoke', '<rootDir>/test/cluster'],
  testPathIgnorePatterns: LEFT_OUT.map((name) => `/test/smoke/${name}\\.test\\.ts$`),
  // Five processes of Errand for each suite, and two servers.
  maxWorkers: 1,
  testTimeout: 2 * testTimeout,
};
