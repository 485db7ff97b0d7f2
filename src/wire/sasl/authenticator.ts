import type { SASLOptions } from '@platformatic/kafka'
import { ClusterError } from '../../base/errors.ts'
import type { TransportClient } from '../../protocol/transport.ts'
import type { Deadline } from '../deadline.ts'
import type { SaslAnswer, SaslChannel, SaslExchange, SaslMechanism } from './mechanism.ts'

/**
 * Says who we are on one connection of the package, each time that it asks. When to do so again is not left to the package: it would do it
 * in the middle of other requests, by a timer that outlives the connection.
 */
export class Authenticator {
  readonly #client: TransportClient
  readonly #mechanism: SaslMechanism
  readonly #timeoutMs: number
  #prepared: SaslExchange | null = null
  #sessionLifetimeMs = 0

  /** `timeoutMs` is for the function that gives a token. */
  constructor(client: TransportClient, mechanism: SaslMechanism, timeoutMs: number) {
    this.#client = client
    this.#mechanism = mechanism
    this.#timeoutMs = timeoutMs
  }

  get mechanism(): SaslMechanism {
    return this.#mechanism
  }

  /** How long the session lives that the last authentication began, in milliseconds; 0: for ever. */
  get sessionLifetimeMs(): number {
    return this.#sessionLifetimeMs
  }

  /** Gets what the next authentication needs, which may be a token of the user's function. Rejects NOT_SENT or AUTHENTICATION_FAILED. */
  async prepare(): Promise<void> {
    this.#prepared = await this.#start()
  }

  /** What the package is given. `deadline` runs, and is set anew when the broker has answered; it is not the broker's while there is no token. */
  options(deadline: Deadline): SASLOptions {
    return {
      mechanism: this.#mechanism.name,
      authenticate: (...given) => {
        const [, connection, authenticate, , , , done] = given
        const ask = async (message: Buffer): Promise<SaslAnswer> => {
          const answer = await authenticate.async(connection, message)
          deadline.restart()
          return answer
        }
        this.#run({ connection, authenticate, ask }, deadline).then((answer) => done(null, answer), done)
      },
    }
  }

  async #run(channel: SaslChannel, deadline: Deadline): Promise<SaslAnswer> {
    deadline.stop()
    const exchange = this.#prepared ?? (await this.#start())
    this.#prepared = null
    deadline.restart()
    const answer = await exchange(channel)
    this.#sessionLifetimeMs = Number(answer.sessionLifetimeMs)
    // For ever: then the package sets no timer.
    return { ...answer, sessionLifetimeMs: 0n }
  }

  /** Begins an exchange: not for longer than a request. */
  #start(): Promise<SaslExchange> {
    const { promise, resolve, reject } = Promise.withResolvers<SaslExchange>()
    const timer = this.#client.environment.scheduler.after(this.#timeoutMs, () =>
      reject(
        new ClusterError('NOT_SENT', `Cannot authenticate with ${this.#mechanism.name}: there was no token within ${this.#timeoutMs} ms`),
      ),
    )
    void this.#mechanism
      .start()
      .then(resolve, reject)
      .finally(() => timer.cancel())
    return promise
  }
}
