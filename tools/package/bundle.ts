import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

const root = fileURLToPath(new URL('../../', import.meta.url))

/**
 * What others find by its name: the entries of the package, the main modules of its threads, and the modules with what those threads run. All lie
 * in one folder, where code finds its neighbours wherever it was put.
 */
const entries = {
  index: 'index.ts',
  testing: 'entry/testing.ts',
  broker: 'entry/broker.ts',
  http: 'entry/http.ts',
  'module-thread': 'entry/module-thread.ts',
  'merge-runs': 'state/engines/lsm/merging/merge-runs.ts',
  'program-thread': 'base/workers/program-thread.ts',
  'worker-thread': 'base/workers/worker-thread.ts',
}

/**
 * Writes the JavaScript of the package to `folder`. Node takes most of a millisecond for each module that it loads, and the sources are more than
 * 500: joined by what is used together they are loaded in a quarter of the time. What is imported dynamically stays apart. Throws with what
 * does not compile.
 */
export function bundlePackage(folder: string): void {
  buildSync({
    absWorkingDir: root,
    entryPoints: Object.entries(entries).map(([out, source]) => ({ in: join(root, 'src', source), out })),
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    packages: 'external',
    sourcemap: true,
    // The sources are in the package.
    sourcesContent: false,
    logLevel: 'silent',
  })
}
