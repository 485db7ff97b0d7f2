import type { Agent, get as Get, IncomingMessage } from 'node:http'
import type { Lifeline } from '../environment.ts'
import type { HttpClient, HttpRequest, HttpResponse } from './http.ts'

/** An HTTP client that keeps connections open for a while. No connection and no timer keeps the process alive when nobody waits. */
export function createRealHttp(lifeline: Lifeline): HttpClient {
  let agent: Agent | null = null
  lifeline.onCut(() => agent?.destroy())
  return {
    get: async (request) => {
      if (lifeline.isCut) return new Promise(() => undefined)
      // Loaded when it is used.
      const { Agent, get } = await import('node:http')
      agent ??= new Agent({ keepAlive: true, maxSockets: 64, maxFreeSockets: 16 })
      return ask(get, agent, request)
    },
  }
}

function ask(
  get: typeof Get,
  agent: Agent,
  { host, port, path, headers, timeoutMs, bodyBytesMax, signal }: HttpRequest,
): Promise<HttpResponse> {
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
