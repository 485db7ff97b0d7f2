import { crc32c } from '../../../base/crc32c.ts'
import type { Disk } from '../../../base/disk.ts'

/** Says of a database that was closed in good order what its small files were; gone while it is open. */
const SEAL = 'CLOSED'
/** Says that a read has found damage: what is there is not used again. */
const DAMAGED = 'DAMAGED'
/** Says whose database it is now, by a word of the owner's. */
const OWNER = 'OWNER'

interface SealedFile {
  readonly name: string
  readonly bytes: number
  /** Of files that RocksDB reads without noticing that their end is missing; else `null`. */
  readonly crc: number | null
}

/**
 * What RocksDB takes for the end of its list of files, or of its log, may be damage: it would open the state of an earlier time, or with a
 * hole in it. A seal over these files tells, as long as the database was closed in good order. After a crash there is none, and the end of
 * the log is where the crash was.
 */
export class RocksSeal {
  readonly #disk: Disk
  readonly #directory: string

  constructor(disk: Disk, directory: string) {
    this.#disk = disk
    this.#directory = directory
  }

  /** What is wrong with the files; `null`: nothing is known to be. */
  damage(): string | null {
    const names = this.#disk.list(this.#directory)
    if (names.includes(DAMAGED)) return 'damage was found when it was read'
    const isDatabase = names.some((name) => /^MANIFEST-|\.(sst|log)$/.test(name))
    if (isDatabase && !names.includes('CURRENT')) return 'the file CURRENT is missing'
    if (!names.includes(SEAL)) return null
    const sealed = this.#readSeal()
    if (sealed === null) return `the file ${SEAL} is damaged`
    for (const { name, bytes, crc } of sealed) {
      const content = names.includes(name) ? this.#look(name, crc !== null) : null
      if (content === null) return `the file ${name} is missing`
      if (content.bytes !== bytes || (crc !== null && content.crc !== crc)) return `the file ${name} is not what was written`
    }
    return null
  }

  /** Begins to use the database: from now on no seal says what its files are. `owner` is written down. */
  open(owner: string): void {
    this.#disk.makeDirectory(this.#directory)
    this.#disk.remove(this.#path(SEAL))
    this.#write(OWNER, Buffer.from(owner))
  }

  /** Seals a database that `owner` has closed, unless somebody else has begun to use it. */
  close(owner: string): void {
    if (this.#readAll(OWNER)?.toString() !== owner) return
    const names = this.#disk.list(this.#directory).filter((name) => /^(CURRENT|MANIFEST-\d+|\d+\.(sst|log))$/.test(name))
    const files = names.map((name): SealedFile => ({ name, ...this.#look(name, !name.endsWith('.sst'))! }))
    const text = Buffer.from(JSON.stringify(files))
    const crc = Buffer.alloc(4)
    crc.writeUInt32BE(crc32c(text, 0, text.length))
    this.#write(SEAL, Buffer.concat([crc, text]))
    this.#disk.syncDirectory(this.#directory)
  }

  /** Notes that a read has found damage. */
  noteDamage(): void {
    this.#write(DAMAGED, Buffer.alloc(0))
    this.#disk.syncDirectory(this.#directory)
  }

  #readSeal(): readonly SealedFile[] | null {
    const bytes = this.#readAll(SEAL)
    if (bytes === null || bytes.length < 4 || bytes.readUInt32BE(0) !== crc32c(bytes, 4, bytes.length)) return null
    return JSON.parse(bytes.toString('utf8', 4)) as readonly SealedFile[]
  }

  #look(name: string, hasCrc: boolean): { readonly bytes: number; readonly crc: number | null } | null {
    if (hasCrc) {
      const content = this.#readAll(name)
      return content === null ? null : { bytes: content.length, crc: crc32c(content, 0, content.length) }
    }
    const file = this.#disk.openToRead(this.#path(name))
    if (file === null) return null
    file.close()
    return { bytes: file.size, crc: null }
  }

  #readAll(name: string): Buffer | null {
    const file = this.#disk.openToRead(this.#path(name))
    if (file === null) return null
    const content = Buffer.allocUnsafeSlow(file.size)
    const count = file.read(content, 0)
    file.close()
    return content.subarray(0, count)
  }

  #write(name: string, content: Buffer): void {
    const file = this.#disk.openToWrite(this.#path(name))
    try {
      file.write(content)
      file.sync()
    } finally {
      file.close()
    }
  }

  #path(name: string): string {
    return `${this.#directory}/${name}`
  }
}
