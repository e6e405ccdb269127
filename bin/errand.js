#!/usr/bin/env node
'use strict';
// Plain old JavaScript, so that an old Node gets as far as saying that it is too old.
var version = process.versions.node.split('.').map(Number);
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  process.stderr.write(
    'Errand needs Node 20.19 or newer, and this is Node ' +
      process.versions.node +
      '. Install a current one from nodejs.org.\n',
  );
  process.exit(3);
}
require('../dist/cli/index.js').main(process.argv);
