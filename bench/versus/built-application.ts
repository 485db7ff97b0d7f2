import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { bundlePackage } from '../../tools/package/bundle.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const cacheFolder = join(root, 'node_modules/.cache/millrace')
/** What the application consists of. */
const parts = ['src', 'bench/versus/application', 'bench/versus/topologies', 'tools/package']
const PREFIX = 'application-'
const OLD_MS = 86_400_000

let built: string | null = null

/**
 * The application as users of the package have it: compiled, and joined as the package is. What runs on the sources spends a second of CPU time and
 * tens of megabytes on taking the types away at its start. Made anew when a source has changed, once a process, so that later changes do not get
 * into a run. Throws with what does not compile; types are not looked at: whoever measures has checked them, or wants to see what half of a
 * change brings.
 */
export function builtApplication(): string {
  built ??= build()
  return join(built, 'application.js')
}

function build(): string {
  const files = parts.flatMap((part) => sourcesIn(join(root, part)))
  const hash = createHash('sha256')
  for (const file of files) hash.update(file).update(readFileSync(file))
  const folder = join(cacheFolder, `${PREFIX}${hash.digest('hex').slice(0, 16)}`)
  if (existsSync(folder)) return folder
  removeOldOnes()
  const unfinished = `${folder}-${process.pid}`
  mkdirSync(unfinished, { recursive: true })
  bundlePackage(join(unfinished, 'dist'))
  buildSync({
    entryPoints: [join(root, 'bench/versus/application/application.ts')],
    outfile: join(unfinished, 'application.js'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    packages: 'external',
    sourcemap: true,
    logLevel: 'silent',
  })
  writeFileSync(join(unfinished, 'package.json'), JSON.stringify({ name: 'millrace', type: 'module', exports: { '.': './dist/index.js' } }))
  if (existsSync(folder)) rmSync(unfinished, { recursive: true })
  else renameSync(unfinished, folder)
  return folder
}

function sourcesIn(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()
  return names.filter((name) => name.endsWith('.ts') && !/(\.test|(^|\/)contract)\.ts$/.test(name)).map((name) => join(folder, name))
}

/** Those of sources that are no more. */
function removeOldOnes(): void {
  for (const name of readdirSync(cacheFolder)) {
    const folder = join(cacheFolder, name)
    if (name.startsWith(PREFIX) && Date.now() - statSync(folder).mtimeMs > OLD_MS) rmSync(folder, { recursive: true, force: true })
  }
}
