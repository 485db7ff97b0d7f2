import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const pom = fileURLToPath(new URL('./pom.xml', import.meta.url))
const cacheFolder = fileURLToPath(new URL('../../node_modules/.cache/millrace/', import.meta.url))

/**
 * Why a test that compares with Java cannot run here, as the value of node:test's `skip` option; `false` when it can. With `CI=true`
 * nothing is skipped: a missing tool then fails the test with the error of the tool.
 */
export function javaSkipReason(): string | false {
  if (process.env['CI'] === 'true') return false
  for (const tool of ['java', 'javac', 'mvn']) {
    const found = spawnSync(tool, ['-version'], { stdio: 'ignore' })
    if (found.error !== undefined || found.status !== 0) {
      return `not compared with Java: "${tool}" cannot be run (needed: a JDK 17 or later and Maven; with CI=true this is a failure)`
    }
  }
  return false
}

/**
 * The jars that `pom.xml` pins, with all that they need: downloaded by Maven into its own cache at the first call, later calls only look
 * whether they are still there. `profile`: what it pins for that, too. Throws when Maven cannot provide them.
 */
export function resolveJars(profile?: 'coverage'): readonly string[] {
  const digest = createHash('sha256')
    .update(readFileSync(pom))
    .update(profile ?? '')
    .digest('hex')
    .slice(0, 16)
  const listing = join(cacheFolder, `class-path-${digest}.txt`)
  if (existsSync(listing)) {
    const jars = readFileSync(listing, 'utf8').trim().split(delimiter)
    if (jars.every((jar) => existsSync(jar))) return jars
  }
  mkdirSync(cacheFolder, { recursive: true })
  const args = ['--quiet', '--batch-mode', '--file', pom, 'dependency:build-classpath', `-Dmdep.outputFile=${listing}`]
  if (profile !== undefined) args.push(`--activate-profiles=${profile}`)
  const run = spawnSync('mvn', args, { encoding: 'utf8' })
  if (run.error !== undefined) throw new Error(`Cannot resolve the Java libraries: ${run.error.message}`, { cause: run.error })
  if (run.status !== 0) throw new Error(`Cannot resolve the Java libraries: mvn ended with ${run.status}\n${run.stdout}${run.stderr}`)
  const jars = readFileSync(listing, 'utf8').trim().split(delimiter)
  return jars
}

/** The class path of all jars that `pom.xml` pins, for `java -cp` and `javac -cp`. */
export function resolveClassPath(profile?: 'coverage'): string {
  return resolveJars(profile).join(delimiter)
}

/** The path of one jar of the class path by its artifact name, e.g. `kafka-clients`. Throws when there is none. */
export function resolveJar(artifact: string, profile?: 'coverage'): string {
  const jar = resolveJars(profile).find((path) => basename(path).replace(/-\d.*$/, '') === artifact)
  if (jar === undefined) throw new Error(`Cannot find the jar "${artifact}": pom.xml does not lead to it`)
  return jar
}
