import type { Agent, get as Get, IncomingMessage } from 'node:http'
import type { AgentOptions } from 'node:https'
import type { Lifeline } from '../environment.ts'
import type { HttpClient, HttpRequest, HttpResponse, HttpTls } from './http.ts'

/** One way to ask: what keeps its connections, and Node's function. */
interface Way {
  readonly agent: Agent
  readonly get: typeof Get
}

const agentOptions = { keepAlive: true, maxSockets: 64, maxFreeSockets: 16 }

/** An HTTP client that keeps connections open for a while. No connection and no timer keeps the process alive when nobody waits. */
export function createRealHttp(lifeline: Lifeline): HttpClient {
  let plain: Way | null = null
  const encrypted = new Map<string, Way>()
  lifeline.onCut(() => {
    plain?.agent.destroy()
    for (const { agent } of encrypted.values()) agent.destroy()
  })
  // Loaded when they are used.
  const plainWay = async (): Promise<Way> => {
    const { Agent, get } = await import('node:http')
    return (plain ??= { agent: new Agent(agentOptions), get })
  }
  const encryptedWay = async (tls: HttpTls): Promise<Way> => {
    const { Agent, get } = await import('node:https')
    const options = textsOf(tls)
    // Who makes the same options anew for each request uses the same connections all the same.
    const name = JSON.stringify(options)
    const way = encrypted.get(name) ?? { agent: new Agent({ ...agentOptions, ...options }), get }
    encrypted.set(name, way)
    return way
  }
  return {
    get: async (request) => {
      if (lifeline.isCut) return new Promise(() => undefined)
      return ask(await (request.tls === undefined ? plainWay() : encryptedWay(request.tls)), request)
    },
  }
}

/** PEM is text. */
function textsOf({ ca, cert, key, passphrase }: HttpTls): AgentOptions {
  const text = (pem: string | Uint8Array): string => (typeof pem === 'string' ? pem : Buffer.from(pem).toString())
  const options: AgentOptions = {}
  if (ca !== undefined) options.ca = Array.isArray(ca) ? ca.map(text) : [text(ca as string | Uint8Array)]
  if (cert !== undefined) options.cert = text(cert)
  if (key !== undefined) options.key = text(key)
  if (passphrase !== undefined) options.passphrase = passphrase
  return options
}

function ask({ get, agent }: Way, { host, port, path, headers, timeoutMs, bodyBytesMax, signal }: HttpRequest): Promise<HttpResponse> {
  const limit = AbortSignal.timeout(Math.ceil(timeoutMs))
  const signals = signal === undefined ? limit : AbortSignal.any([signal, limit])
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => {
      const reason = signal?.aborted === true ? 'it was aborted' : limit.aborted ? `${timeoutMs} ms are over` : cause.message
      reject(new Error(`${host}:${port} gave no answer: ${reason}`, { cause }))
    }
    const request = get({ agent, host, port, path, headers, signal: signals }, (answer) => {
      read(answer, bodyBytesMax).then((body) => resolve({ status: answer.statusCode ?? 0, headers: headersOf(answer), body }), fail)
    })
    request.on('error', fail)
  })
}

async function read(answer: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > bytesMax) throw new Error(`it is longer than ${bytesMax} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Of a header that is there several times the first counts. */
function headersOf({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? (value[0] ?? '') : (value ?? '')]))
}
