/** Two sets of suites: `npm test` runs "quick", `npm run test:all` and a plain `jest` run both. */
const SLOW = Object.keys(require('./jest.slow.cjs'));

/** ESM-only packages that must be transformed because jest cannot require() them on Node 20. */
const ESM_ONLY = ['cookie'];
// They need Postgres: see jest.cluster.config.cjs.
const IGNORED = ['/node_modules/', '/test/cluster/'];
// Longer than what one wait of a test takes until it gives up, so that the failure says what was waited for.
const testTimeout = 300_000;

/** @type {import('jest').Config} */
const each = {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  roots: ['<rootDir>/test'],
  transform: { '^.+\\.(ts|js|mjs)$': ['@swc/jest', { jsc: { target: 'es2022' } }] },
  transformIgnorePatterns: [`/node_modules/(?!(${ESM_ONLY.join('|')})/)`],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: IGNORED,
  testTimeout,
};

/** @type {import('jest').Config} */
module.exports = {
  projects: [
    {
      ...each,
      displayName: 'quick',
      testPathIgnorePatterns: [...IGNORED, ...SLOW.map((name) => `<rootDir>/test/${name}\\.test\\.ts$`)],
    },
    { ...each, displayName: 'slow', testMatch: SLOW.map((name) => `<rootDir>/test/${name}.test.ts`) },
  ],
  testTimeout,
  // The suites wait most of their time, for Temporal's timers and for processes; one worker would be jest's choice on two cores.
  maxWorkers: 2,
};
