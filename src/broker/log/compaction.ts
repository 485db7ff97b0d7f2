// What the log cleaner of a broker does (N§6.2): of each key the last record stays.
import { BatchBuilder } from '../../record/batch-builder.ts'
import { type BatchView, viewBatch } from '../../record/batch-view.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import type { PartitionLog } from './partition-log.ts'
import { Segment, type StoredBatch, viewStored } from './segment.ts'

interface Cleaning {
  readonly log: PartitionLog
  readonly nowMs: number
  /** The offset of the last record of each key; keys as latin1, which is one to one. */
  readonly lastOffsets: ReadonlyMap<string, number>
  /** The last batch of each producer stays, if need be without records. */
  readonly lastBatches: ReadonlySet<StoredBatch>
  readonly builder: BatchBuilder
}

/** What one batch comes down to. */
type CleanBatch = { readonly kind: 'same' } | { readonly kind: 'gone' } | { readonly kind: 'rewritten'; readonly bytes: Buffer }

/**
 * Compacts the closed segments of a log that are decided and older than `min.compaction.lag.ms`. Offsets stay, so that gaps appear;
 * aborted records go; tombstones and markers go `delete.retention.ms` after the first compaction that met them. Does nothing unless
 * `cleanup.policy` has `compact`.
 */
export function compact(log: PartitionLog, nowMs: number): void {
  if (!log.config.isCompacted) return
  const segments = cleanableSegments(log, nowMs)
  if (segments.length === 0) return
  const inside = new Set(segments)
  const batches = log.batches.filter((batch) => inside.has(batch.segment))
  const cleaning: Cleaning = {
    log,
    nowMs,
    lastOffsets: lastOffsetsOf(log, batches),
    lastBatches: lastBatchesOf(batches),
    builder: new BatchBuilder(),
  }
  const kept: StoredBatch[] = []
  const rewritten: Segment[] = []
  for (const segment of segments) {
    const target = new Segment(segment.baseOffset, segment.createdMs)
    for (const batch of batches) if (batch.segment === segment) cleanInto(cleaning, batch, target, kept)
    if (target.sizeBytes > 0) rewritten.push(target)
  }
  log.replaceSegments(inside, kept, rewritten)
}

function cleanableSegments(log: PartitionLog, nowMs: number): readonly Segment[] {
  const found: Segment[] = []
  for (let index = 0; index + 1 < log.segments.length; index++) {
    const segment = log.segments[index]!
    const isDecided = log.segments[index + 1]!.baseOffset <= log.lastStableOffset
    const isOldEnough = nowMs - segment.maxTimestamp >= log.config.compactionLagMinMs
    if (!isDecided || !isOldEnough) break
    found.push(segment)
  }
  return found
}

function lastOffsetsOf(log: PartitionLog, batches: readonly StoredBatch[]): ReadonlyMap<string, number> {
  const lastOffsets = new Map<string, number>()
  const cursor = new RecordCursor()
  for (const batch of batches) {
    const view = viewStored(batch)
    if (view.isControl || log.isAborted(batch)) continue
    cursor.open(view)
    while (cursor.next()) if (cursor.keyStart >= 0) lastOffsets.set(keyText(cursor), cursor.offset)
  }
  return lastOffsets
}

function keyText(cursor: RecordCursor): string {
  return cursor.buffer.toString('latin1', cursor.keyStart, cursor.keyEnd)
}

function lastBatchesOf(batches: readonly StoredBatch[]): ReadonlySet<StoredBatch> {
  const byProducer = new Map<number, StoredBatch>()
  for (const batch of batches) {
    const { producerId, isControl } = viewStored(batch)
    if (producerId >= 0 && !isControl) byProducer.set(producerId, batch)
  }
  return new Set(byProducer.values())
}

function cleanInto(cleaning: Cleaning, batch: StoredBatch, target: Segment, kept: StoredBatch[]): void {
  const cleaned = clean(cleaning, batch)
  if (cleaned.kind === 'gone') return
  const source = cleaned.kind === 'same' ? batch.chunk.subarray(batch.position, batch.position + batch.length) : cleaned.bytes
  const { chunk, position } = target.append(source, 0, source.length)
  target.noteTimestamp(batch.maxTimestamp)
  const { maxTimestamp } = viewBatch(source, 0, source.length, null)
  kept.push({
    baseOffset: batch.baseOffset,
    lastOffset: batch.lastOffset,
    maxTimestamp,
    chunk,
    position,
    length: source.length,
    segment: target,
    cleanedMs: batch.cleanedMs ?? cleaning.nowMs,
  })
}

function clean(cleaning: Cleaning, batch: StoredBatch): CleanBatch {
  const { log, nowMs } = cleaning
  const view = viewStored(batch)
  const keepsTombstones = batch.cleanedMs === null || nowMs - batch.cleanedMs < log.config.tombstoneRetentionMs
  if (view.isControl) {
    if (keepsTombstones) return { kind: 'same' }
    log.forgetAborted(batch.baseOffset)
    return { kind: 'gone' }
  }
  const keptCount = log.isAborted(batch) ? 0 : fill(cleaning, view, keepsTombstones)
  if (keptCount === view.recordCount) {
    cleaning.builder.reset()
    return { kind: 'same' }
  }
  if (keptCount === 0 && !cleaning.lastBatches.has(batch)) return { kind: 'gone' }
  return { kind: 'rewritten', bytes: seal(cleaning.builder, view) }
}

/** Puts the records that stay into the builder and returns their number. */
function fill({ builder, lastOffsets }: Cleaning, view: BatchView, keepsTombstones: boolean): number {
  const cursor = new RecordCursor()
  cursor.open(view)
  while (cursor.next()) {
    if (cursor.keyStart < 0 || lastOffsets.get(keyText(cursor)) !== cursor.offset) continue
    if (cursor.valueStart < 0 && !keepsTombstones) continue
    builder.skipTo(cursor.offset - view.baseOffset)
    builder.append({
      timestamp: cursor.timestamp,
      bytes: cursor.buffer,
      keyStart: cursor.keyStart,
      keyEnd: cursor.keyEnd,
      valueStart: cursor.valueStart,
      valueEnd: cursor.valueEnd,
      headers: cursor.headerCount === 0 ? null : cursor.headers(),
    })
  }
  return builder.count
}

function seal(builder: BatchBuilder, view: BatchView): Buffer {
  return builder.seal({
    producerId: view.producerId,
    producerEpoch: view.producerEpoch,
    baseSequence: view.baseSequence,
    isTransactional: view.isTransactional,
    isLogAppendTime: view.timestampType === 'LogAppendTime',
    compression: builder.count === 0 ? 'none' : view.compression,
    partitionLeaderEpoch: view.partitionLeaderEpoch,
    baseOffset: view.baseOffset,
    lastOffsetDelta: view.lastOffset - view.baseOffset,
  })
}
