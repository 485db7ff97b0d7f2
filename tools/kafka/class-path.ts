import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const pom = fileURLToPath(new URL('./pom.xml', import.meta.url))
const cacheFolder = fileURLToPath(new URL('../../node_modules/.cache/millrace/', import.meta.url))

/** The release of Apache Kafka that is run unless another one is asked for. */
export const KAFKA_VERSION = '4.3.1'

const JAVA_MIN = 17

/**
 * Why no Kafka node can run here, as the value of node:test's `skip` option; `false` when one can. With `CI=true` nothing is skipped: a
 * missing tool then fails the test with the error of the tool.
 */
export function kafkaSkipReason(): string | false {
  if (process.env['CI'] === 'true') return false
  const needed = `needed: Java ${JAVA_MIN} or later and Maven; with CI=true this is a failure`
  for (const tool of ['java', 'mvn']) {
    const found = spawnSync(tool, ['-version'], { encoding: 'utf8' })
    if (found.error !== undefined || found.status !== 0) return `no Kafka node: "${tool}" cannot be run (${needed})`
    const version = tool === 'java' ? Number(/version "(\d+)/.exec(found.stderr)?.[1]) : JAVA_MIN
    if (!(version >= JAVA_MIN)) return `no Kafka node: Java ${version} is too old (${needed})`
  }
  return false
}

/**
 * The class path of Apache Kafka `version`: downloaded by Maven into its own cache at the first call, later calls only look whether the
 * jars are still there. Throws when Maven cannot provide them.
 */
export function kafkaClassPath(version: string): string {
  const digest = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 16)
  const listing = join(cacheFolder, `kafka-${version}-${digest}.txt`)
  const known = existsSync(listing) ? readFileSync(listing, 'utf8').trim() : ''
  if (known !== '' && known.split(delimiter).every((jar) => existsSync(jar))) return known
  mkdirSync(cacheFolder, { recursive: true })
  const args = ['--quiet', '--batch-mode', '--file', pom, 'dependency:build-classpath']
  const run = spawnSync('mvn', [...args, `-Dkafka.version=${version}`, `-Dmdep.outputFile=${listing}`], { encoding: 'utf8' })
  if (run.error !== undefined) throw new Error(`Cannot fetch Kafka ${version}: ${run.error.message}`, { cause: run.error })
  if (run.status !== 0) throw new Error(`Cannot fetch Kafka ${version}: mvn ended with ${run.status}\n${run.stdout}${run.stderr}`)
  return readFileSync(listing, 'utf8').trim()
}
