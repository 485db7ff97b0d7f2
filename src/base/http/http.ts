/** How a client does TLS: what Node's options of these names are. All are optional: without `ca` the authorities that Node knows are trusted. */
export interface HttpTls {
  /** The certificates of the authorities that the servers must be certified by, as PEM: instead of those that Node knows. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined
  /** The client's own certificate and private key, as PEM, for servers that want one. */
  readonly cert?: string | Uint8Array | undefined
  readonly key?: string | Uint8Array | undefined
  /** Of an encrypted key. */
  readonly passphrase?: string | undefined
}

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
  /** HTTPS, and how. Default: HTTP. */
  readonly tls?: HttpTls | undefined
}

/** What is heard of a server. Names of headers are in lower case. */
export interface HttpResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Asks HTTP servers: GET. A virtual one has no wire to encrypt. */
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
