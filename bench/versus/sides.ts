import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { resolveClassPath } from '../../test/oracle/maven.ts'
import { builtApplication } from './built-application.ts'

/** Who is measured. */
export const sides = ['java', 'millrace'] as const

/** One of them. */
export type Side = (typeof sides)[number]

/** What is run, and with which arguments before those of the application. */
export interface Command {
  readonly program: string
  readonly args: readonly string[]
}

const JAVA_OPTIONS = ['-Xmx2g', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn']
const sourceFolder = fileURLToPath(new URL('../java/', import.meta.url))
const cacheFolder = fileURLToPath(new URL('../../node_modules/.cache/millrace/', import.meta.url))

/** How the application of a side is started. Both are compiled when they have changed. Throws with what the compiler says. */
export function commandOf(side: Side): Command {
  if (side === 'millrace') {
    return { program: process.execPath, args: [builtApplication()] }
  }
  const classPath = resolveClassPath()
  return { program: 'java', args: [...JAVA_OPTIONS, '-cp', [compiled(classPath), classPath].join(delimiter), 'VersusApplication'] }
}

/** The folder with Java's classes. */
function compiled(classPath: string): string {
  const sources = readdirSync(sourceFolder).filter((name) => name.endsWith('.java'))
  const hash = createHash('sha256').update(classPath)
  for (const name of sources) hash.update(name).update(readFileSync(join(sourceFolder, name)))
  const folder = join(cacheFolder, `versus-${hash.digest('hex').slice(0, 16)}`)
  if (existsSync(folder)) return folder
  const unfinished = `${folder}-${process.pid}`
  mkdirSync(unfinished, { recursive: true })
  const files = sources.map((name) => join(sourceFolder, name))
  const run = spawnSync('javac', ['-cp', classPath, '-d', unfinished, ...files], { encoding: 'utf8' })
  if (run.error !== undefined) throw new Error(`Cannot run javac: ${run.error.message}`, { cause: run.error })
  if (run.status !== 0) throw new Error(`Cannot compile bench/java: javac ended with ${run.status}\n${run.stdout}${run.stderr}`)
  if (existsSync(folder)) rmSync(unfinished, { recursive: true })
  else renameSync(unfinished, folder)
  return folder
}
