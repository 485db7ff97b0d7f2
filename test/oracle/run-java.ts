import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { resolveClassPath } from './maven.ts'

/**
 * Compiles `<name>.java` of this folder against the pinned libraries, runs its `main` with `args`, and gives what it printed. `mainClass`: with the
 * package. `profile`: of the pinned libraries. Throws with the output of the tool when one fails.
 */
export function runJava(name: string, mainClass: string, args: readonly string[] = [], profile?: 'coverage'): string {
  const source = fileURLToPath(new URL(`./${name}.java`, import.meta.url))
  const classes = mkdtempSync(join(tmpdir(), 'millrace-oracle-'))
  try {
    const classPath = resolveClassPath(profile)
    run('javac', ['-cp', classPath, '-d', classes, '-Xlint:none', '-nowarn', source])
    return run('java', ['-Xshare:auto', `-Djava.io.tmpdir=${classes}`, '-cp', [classes, classPath].join(delimiter), mainClass, ...args])
  } finally {
    rmSync(classes, { recursive: true, force: true })
  }
}

function run(tool: string, args: readonly string[]): string {
  const result = spawnSync(tool, args, { encoding: 'utf8', maxBuffer: 64 << 20 })
  if (result.error !== undefined) throw new Error(`Cannot run ${tool}: ${result.error.message}`, { cause: result.error })
  if (result.status !== 0) throw new Error(`Cannot run ${tool}: it ended with ${result.status}\n${result.stdout}${result.stderr}`)
  return result.stdout
}
