import type { Lifeline, Scheduler } from '../environment.ts'
import type { HttpClient, HttpHandler, HttpRequest, HttpResponse } from './http.ts'

/** Where something lives in a virtual world. */
export interface VirtualPlace {
  readonly scheduler: Scheduler
  readonly lifeline: Lifeline
}

interface Served {
  readonly place: VirtualPlace
  readonly handler: HttpHandler
}

/** The HTTP servers of a virtual world, and the way there, which takes a millisecond each way. */
export class VirtualHttp {
  readonly #served = new Map<string, Served>()

  /** Listens at `host:port` for as long as the instance at `place` lives. Returns a function that ends it. */
  serve(at: { readonly host: string; readonly port: number }, place: VirtualPlace, handler: HttpHandler): () => void {
    const address = `${at.host}:${at.port}`
    const served = { place, handler }
    this.#served.set(address, served)
    return () => {
      if (this.#served.get(address) === served) this.#served.delete(address)
    }
  }

  /** The client of the instance at `place`. */
  client(place: VirtualPlace): HttpClient {
    return { get: (request) => this.#get(place, request) }
  }

  #get(client: VirtualPlace, request: HttpRequest): Promise<HttpResponse> {
    const { host, port, path, headers, timeoutMs, bodyBytesMax, signal } = request
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => reject(new Error(`${host}:${port} gave no answer: ${reason}`))
      const hear = (response: HttpResponse): void => {
        if (response.body.length > bodyBytesMax) fail(`it is longer than ${bodyBytesMax} bytes`)
        else resolve(response)
      }
      client.scheduler.after(timeoutMs, () => fail(`${timeoutMs} ms are over`))
      signal?.addEventListener('abort', () => fail('it was aborted'), { once: true })
      if (signal?.aborted === true) fail('it was aborted')
      client.scheduler.after(1, () => {
        const served = this.#served.get(`${host}:${port}`)
        if (served === undefined || served.place.lifeline.isCut) {
          fail('nobody listens there')
          return
        }
        const { place, handler } = served
        const stopListening = place.lifeline.onCut(() => client.scheduler.after(1, () => fail('the connection ended')))
        place.scheduler.soon(() => {
          void handler({ method: 'GET', path, headers, remoteAddress: null }).then((response) => {
            stopListening()
            client.scheduler.after(1, () => hear(response))
          })
        })
      })
    })
  }
}
