import type { Logger } from '../../base/environment.ts'
import { type RecordHeaders, recordHeaders } from '../../record/record-headers.ts'
import type { ChangelogWriter } from '../changelog-writer.ts'
import type { PositionTracker } from '../position.ts'
import type { RestoreRecord } from '../restore-batch.ts'
import type { StoreDefinition } from '../store-definition.ts'
import { positionBytes, positionOf } from './position-bytes.ts'

/** The headers of changelog records that say which input records they reflect (Java's `ChangelogRecordDeserializationHelper`). */
const VERSION_HEADER = 'v'
const POSITION_HEADER = 'c'
const VERSION = 0
const versionBytes = Uint8Array.of(VERSION)

/**
 * Whether the changelog of a store has positions where they are asked for. Buffers write theirs without, as in Java. The headers of a
 * source topic are its producer's, whatever their names.
 */
export function mayHaveVectors({ kind, changelog }: StoreDefinition): boolean {
  return changelog?.kind === 'own' && kind !== 'change-buffer' && kind !== 'record-buffer'
}

/** `changelog`, whose records get the position of the store as two more headers. The headers that it is given stay as they are. */
export function withVectors(changelog: ChangelogWriter, position: PositionTracker): ChangelogWriter {
  return {
    write(key, value, timestamp, headers) {
      const all = copyOf(headers).add(VERSION_HEADER, versionBytes).add(POSITION_HEADER, positionBytes(position.position()))
      changelog.write(key, value, timestamp, all)
    },
  }
}

/**
 * Copies of changelog records without their positions, to the greatest of which `position` is moved on. Records without one are taken as
 * they are, and so are those with a version that is not known, with a warning. Throws `RangeError` where a version comes without its position.
 */
export function withoutVectors(records: Iterable<RestoreRecord>, position: PositionTracker, logger: Logger): RestoreRecord[] {
  const plain: RestoreRecord[] = []
  let unknown: number | null = null
  for (const { key, value, timestamp, headers = null } of records) {
    const copy = { key: key === null ? null : Buffer.from(key), value: value === null ? null : Buffer.from(value), timestamp }
    const version = headers?.last(VERSION_HEADER)?.[0]
    if (version === VERSION) {
      const found = headers!.last(POSITION_HEADER)
      if (found === null) throw new RangeError(`it has the header "${VERSION_HEADER}" but not "${POSITION_HEADER}"`)
      for (const [topic, partition, offset] of positionOf(found)) position.advance(topic, partition, offset)
      plain.push({ ...copy, headers: withoutLast(headers!, [VERSION_HEADER, POSITION_HEADER]) })
      continue
    }
    if (version !== undefined) unknown = version
    plain.push({ ...copy, headers })
  }
  if (unknown !== null)
    logger.warn({ version: unknown }, `Changelog records have positions of version ${unknown}, known is ${VERSION}: they are not read`)
  return plain
}

function copyOf(headers: RecordHeaders | null): RecordHeaders {
  const copy = recordHeaders()
  if (headers !== null) for (const { key, value } of headers) copy.add(key, value)
  return copy
}

/** Headers of the user may have the same names: only the last of each is ours. */
function withoutLast(headers: RecordHeaders, names: readonly string[]): RecordHeaders | null {
  const list = Array.from(headers)
  for (const name of names) {
    list.splice(
      list.findLastIndex(({ key }) => key === name),
      1,
    )
  }
  return list.length === 0 ? null : recordHeaders(list.map(({ key, value }) => [key, value] as const))
}
