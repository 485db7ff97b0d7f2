/**
 * Files of the storage engines. Synchronous, because a store is read while a record is processed. Paths are absolute.
 *
 * Every method throws the error of the system (`code` `ENOSPC`, `EIO`, `ENOENT`, ...), never anything of its own; what was written before
 * a failure may or may not be there. When the lifeline of the instance is cut every call throws `ECANCELED` and does nothing. After a
 * crash of the process everything that was written is there; after a power loss what was synced is: content by `WritableFile.sync`, names
 * (made, renamed, removed) by `syncDirectory` of the directory that they are in.
 */
export interface Disk {
  /** Makes a directory with its parents; nothing happens if it is there. */
  makeDirectory(path: string): void
  /** The names in a directory, sorted; none if there is no such directory. */
  list(path: string): readonly string[]
  /** Opens a file for reading; `null` if there is none. */
  openToRead(path: string): ReadableFile | null
  /** Makes a new file, or empties the one that is there; its directory exists. */
  openToWrite(path: string): WritableFile
  /** Gives a file another name at once; a file of that name is replaced. */
  rename(from: string, to: string): void
  /** Removes a file or a directory with all that is in it; nothing happens if there is none. Files that are open to read stay readable. */
  remove(path: string): void
  /** Makes the names in a directory durable. */
  syncDirectory(path: string): void
}

/** A file that does not change while it is open. */
export interface ReadableFile {
  /** In bytes. */
  readonly size: number
  /** Fills `into` with the bytes from `position` on; gives how many there were, fewer only at the end of the file. */
  read(into: Uint8Array, position: number): number
  /** May be called again. */
  close(): void
}

/** A file that is written from its beginning to its end. */
export interface WritableFile {
  /** Adds all of `bytes` at the end; they are the caller's again when it returns. */
  write(bytes: Uint8Array): void
  /** Makes what was written durable. */
  sync(): void
  /** Does not sync. May be called again. */
  close(): void
}
