/** ESM-only packages that must be transformed because jest cannot require() them on Node 20. */
const ESM_ONLY = ['cookie'];

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  // They need Postgres: see jest.cluster.config.cjs.
  testPathIgnorePatterns: ['/node_modules/', '/test/cluster/'],
  transform: { '^.+\\.(ts|js|mjs)$': ['@swc/jest', { jsc: { target: 'es2022' } }] },
  transformIgnorePatterns: [`/node_modules/(?!(${ESM_ONLY.join('|')})/)`],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  // Longer than what one wait of a test takes until it gives up, so that the failure says what was waited for.
  testTimeout: 300_000,
  // The suites wait most of their time, for Temporal's timers and for processes; one worker would be jest's choice on two cores.
  maxWorkers: 2,
};
