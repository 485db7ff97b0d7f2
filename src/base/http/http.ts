/** A request of an HTTP client. */
export interface HttpRequest {
  readonly host: string
  readonly port: number
  /** Begins with a slash; with the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** From now until the whole answer is there. */
  readonly timeoutMs: number
  /** A longer body ends the request. */
  readonly bodyBytesMax: number
  readonly signal?: AbortSignal | undefined
}

/** What is heard of a server. Names of headers are in lower case. */
export interface HttpResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Asks HTTP servers: GET, without TLS. */
export interface HttpClient {
  /** Rejects with an `Error` that says why there is no answer: nobody listens, the time is up, the connection ended, it was aborted. */
  get(request: HttpRequest): Promise<HttpResponse>
}

/** A request as a server hears it. Names of headers are in lower case. */
export interface HttpQuestion {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Who asks: the address of the other end; `null` if it is not known. */
  readonly remoteAddress: string | null
}

/** Answers requests; never rejects. */
export type HttpHandler = (question: HttpQuestion) => Promise<HttpResponse>
