import type { Environment } from '../base/environment.ts'

/**
 * Kills the instances that live in `environment`, as `kill -9` would: no timer, answer or callback of them runs again, and their
 * connections are cut. Nobody is told: the group finds out when the session times out. For real and virtual environments.
 *
 * ```ts
 * const environment = createEnvironment()
 * const streams = new KafkaStreams(builder, { applicationId: 'word-count', cluster, environment })
 * await streams.start()
 * halt(environment)
 * ```
 */
export function halt(environment: Environment): void {
  environment.lifeline.cut()
}
