/**
 * One end of a connection between two threads. What is posted is copied (structured clone) and arrives in order, in a later turn of the
 * event loop, also after the end that has posted it is closed. Messages wait until there is somebody to take them; those that wait when
 * their own end is closed are lost.
 */
export interface Channel {
  post(message: unknown): void
  /** Who takes what arrives. */
  onMessage: ((message: never) => void) | null
  /** Ends the connection: nothing can be posted by either side any more. May be called again. */
  close(): void
}
