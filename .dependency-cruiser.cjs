/**
 * The layout's import table, at run time: `import type` is free. Who may load what is written per folder, so a new folder
 * that is in no rule is caught by `every-folder-has-a-rule`.
 */
const SRC = '^src/';
/** A module outside of `allowed` (and outside of npm) loaded from `from`. */
const only = (name, from, allowed, npm = true) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: {
    path: npm ? SRC : '.',
    pathNot: allowed,
  },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    // The codes of each vendor stand in its folder, and load nothing either.
    only('errors-load-tables', '^src/errors\\.ts$', ['^src/vendors/[a-z]+/errors\\.ts$'], false),
    only('tables-load-nothing', '^src/vendors/[a-z]+/errors\\.ts$', [], false),
    only('contract', '^src/contract\\.ts$', ['^src/errors\\.ts$']),
    only(
      'core-is-pure',
      '^src/core/',
      ['^src/core/', '^src/(errors|contract)\\.ts$', '^node_modules/@temporalio/common/'],
      false,
    ),
    only(
      'workflows',
      '^src/workflows/',
      ['^src/(workflows|core)/', '^src/(errors|contract)\\.ts$', '^node_modules/@temporalio/(workflow|common)/'],
      false,
    ),
    {
      name: 'nobody-loads-workflows',
      severity: 'error',
      from: { path: '^src/(?!workflows/)' },
      to: { path: '^src/workflows/' },
    },
    only('activities', '^src/activities/', [
      '^src/(activities|vendors|rules|text|core|telemetry)/',
      '^src/(errors|contract)\\.ts$',
    ]),
    only('vendors', '^src/vendors/', [
      '^src/(vendors|text|config|telemetry)/',
      // A place of a tracker as one text: written by the core, read by the tracker.
      '^src/core/issue/destination\\.ts$',
      // The names that the core decides by.
      '^src/core/vendor\\.ts$',
      // The registry matches what the rules name with what the vendors have.
      '^src/rules/(people|pattern)\\.ts$',
      // A vendor's piece of the rules' form is made of the form's own values.
      '^src/rules/values\\.ts$',
      '^src/process/(clock|gate)\\.ts$',
      '^src/errors\\.ts$',
    ]),
    ...['asana', 'calamari', 'sentry', 'slack', 'http'].map((folder) =>
      only(`vendor-${folder}`, `^src/vendors/${folder}/`, [
        `^src/vendors/(${folder}|http)/`,
        '^src/vendors/tracker\\.ts$',
        '^src/(?!vendors/)',
      ]),
    ),
    only('rules', '^src/rules/', [
      '^src/(rules|text)/',
      '^src/core/(time|vendor)\\.ts$',
      '^src/errors\\.ts$',
      // The vendors' own pieces of the form.
      '^src/vendors/pieces\\.ts$',
    ]),
    // Times are told in one form, by the core too.
    only('text', '^src/text/', ['^src/text/', '^src/core/time\\.ts$']),
    only('api', '^src/api/', [
      '^src/(api|vendors|rules|text|temporal|telemetry|config|core)/',
      '^src/process/clock\\.ts$',
      '^src/(errors|contract)\\.ts$',
    ]),
    only('temporal', '^src/temporal/', [
      '^src/(temporal|config|core|telemetry|text)/',
      '^src/process/(lock|clock|again|gate)\\.ts$',
      '^src/(errors|contract)\\.ts$',
    ]),
    only(
      'payload-converter',
      '^src/temporal/worker/payload-converter\\.ts$',
      ['^node_modules/@temporalio/common/'],
      false,
    ),
    only('process', '^src/process/', [
      '^src/(process|core|rules|text|config|telemetry)/',
      '^src/vendors/names\\.ts$',
      '^src/(errors|contract)\\.ts$',
    ]),
    only('config', '^src/config/', ['^src/config/', '^src/errors\\.ts$']),
    only('telemetry', '^src/telemetry/', ['^src/(telemetry|text)/', '^src/errors\\.ts$']),
    only('sandbox-stands-alone', '^src/sandbox/', ['^src/sandbox/']),
    {
      name: 'every-folder-has-a-rule',
      severity: 'error',
      from: {
        path: '^src/(?!(core|workflows|activities|vendors|rules|text|api|temporal|process|config|telemetry|sandbox|cli)/)[^/]+/',
      },
      to: {},
    },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: { path: SRC, pathNot: '^src/temporal/server/dev-server\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: false,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['require', 'node', 'default'] },
  },
};
