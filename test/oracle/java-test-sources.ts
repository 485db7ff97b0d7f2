import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The artifacts whose test sources have the classes that `java-tests.md` names. */
const artifacts = ['kafka-streams', 'kafka-streams-integration-tests', 'kafka-streams-test-utils']

const cacheFolder = fileURLToPath(new URL('../../node_modules/.cache/millrace/java-tests/', import.meta.url))

/**
 * The names of the test methods of all Java test classes by the name of the class, from the test sources that Kafka publishes in the version
 * of `pom.xml`. Maven downloads them at the first call. Throws when it cannot.
 */
export function readJavaTests(): ReadonlyMap<string, readonly string[]> {
  const version = /<kafka\.version>([^<]+)</.exec(readFileSync(new URL('./pom.xml', import.meta.url), 'utf8'))![1]!
  const classes = new Map<string, readonly string[]>()
  for (const artifact of artifacts) {
    const folder = sourcesOf(artifact, version)
    for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (path.endsWith('Test.java')) classes.set(basename(path, '.java'), testMethods(readFileSync(join(folder, path), 'utf8')))
    }
  }
  return classes
}

function sourcesOf(artifact: string, version: string): string {
  const folder = join(cacheFolder, `${artifact}-${version}`)
  if (existsSync(folder)) return folder
  const unpacked = `${folder}.${process.pid}`
  mkdirSync(unpacked, { recursive: true })
  const jar = `org.apache.kafka:${artifact}:${version}:jar:test-sources`
  run('mvn', ['--quiet', '--batch-mode', 'dependency:copy', `-Dartifact=${jar}`, `-DoutputDirectory=${cacheFolder}`], unpacked)
  run('jar', ['--extract', '--file', join(cacheFolder, `${artifact}-${version}-test-sources.jar`)], unpacked)
  try {
    renameSync(unpacked, folder)
  } catch (error) {
    // Another process was faster.
    if (!existsSync(folder)) throw error
    rmSync(unpacked, { recursive: true })
  }
  return folder
}

function run(tool: string, args: readonly string[], cwd: string): void {
  const done = spawnSync(tool, args, { cwd, encoding: 'utf8' })
  if (done.error !== undefined) throw new Error(`Cannot fetch Java's tests: ${done.error.message}`, { cause: done.error })
  if (done.status !== 0) throw new Error(`Cannot fetch Java's tests: ${tool} ended with ${done.status}\n${done.stdout}${done.stderr}`)
}

function testMethods(source: string): readonly string[] {
  const names = new Set<string>()
  for (const { index } of source.matchAll(/@(?:Test|ParameterizedTest|TestFactory|RepeatedTest)\b/g)) {
    const method = /\n\s*(?:(?:public|private|protected|static|final) )*(?:<[^>]+> )?(?:void|[A-Z][\w<>, ?]*) (\w+)\s*\(/.exec(
      source.slice(index),
    )
    if (method !== null) names.add(method[1]!)
  }
  return [...names]
}
