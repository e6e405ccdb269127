/** Bundles the workflows at build time, so that a worker starts without webpack. Run as a script by `npm run build`. */
import { writeFileSync } from 'node:fs';
import { bundleWorkflowCode, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { BUNDLE_PATH } from './options';

/** @param extension `ts` in tests, which bundle the source */
export function bundle(extension: 'js' | 'ts'): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({
    workflowsPath: require.resolve(`../../workflows/index.${extension}`),
    payloadConverterPath: require.resolve(`./payload-converter.${extension}`),
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  });
}

if (require.main === module) void bundle('js').then(({ code }) => writeFileSync(BUNDLE_PATH, code));
