import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from '../src/protocol/codec.ts'
import { MessageReader } from '../src/protocol/message-reader.ts'
import { MessageWriter } from '../src/protocol/message-writer.ts'
import type { FetchResponse } from '../src/protocol/messages/fetch.ts'
import type { ProduceRequest, ProduceResponse } from '../src/protocol/messages/produce.ts'
import { zeroUuid } from '../src/protocol/uuid.ts'
import type { BenchCase, Benchmark } from './measure.ts'

const PRODUCE_VERSION = 12
const FETCH_VERSION = 17
const PARTITIONS = 10

/** `protocol`: the messages of the record path, ten partitions with a batch each. The batches pass by reference. */
export const protocol: Benchmark = {
  name: 'protocol',
  title: 'message codec: ten partitions a message, batches by reference',
  open(size) {
    const count = size === 'smoke' ? 20 : 2_000
    const request = produceRequest()
    const produced = produceResponse()
    const fetched = fetchResponse()
    return [
      encoding('Produce request: encode', count, (writer) => encodeRequest('Produce', PRODUCE_VERSION, request, writer)),
      decoding('Produce request: decode', count, {
        write: (writer) => encodeRequest('Produce', PRODUCE_VERSION, request, writer),
        read: (reader) => void decodeRequest('Produce', PRODUCE_VERSION, reader),
      }),
      decoding('Produce response: decode', count, {
        write: (writer) => encodeResponse('Produce', PRODUCE_VERSION, produced, writer),
        read: (reader) => void decodeResponse('Produce', PRODUCE_VERSION, reader),
      }),
      encoding('Fetch response: encode', count, (writer) => encodeResponse('Fetch', FETCH_VERSION, fetched, writer)),
      decoding('Fetch response: decode', count, {
        write: (writer) => encodeResponse('Fetch', FETCH_VERSION, fetched, writer),
        read: (reader) => void decodeResponse('Fetch', FETCH_VERSION, reader),
      }),
    ]
  },
}

function encoding(name: string, count: number, write: (writer: MessageWriter) => void): BenchCase {
  return {
    name,
    unit: 'messages',
    run: () => {
      for (let index = 0; index < count; index++) write(new MessageWriter(1024, 0))
      return count
    },
  }
}

interface Direction {
  readonly write: (writer: MessageWriter) => void
  readonly read: (reader: MessageReader) => void
}

function decoding(name: string, count: number, { write, read }: Direction): BenchCase {
  const writer = new MessageWriter(1024, 0)
  write(writer)
  const bytes = writer.out.written()
  return {
    name,
    unit: 'messages',
    run: () => {
      for (let index = 0; index < count; index++) read(new MessageReader(bytes, writer.inserts))
      return count
    },
  }
}

function perPartition<T>(make: (index: number) => T): T[] {
  return Array.from({ length: PARTITIONS }, (_, index) => make(index))
}

function produceRequest(): ProduceRequest {
  const records = Buffer.alloc(64 * 1024)
  const partitionData = perPartition((index) => ({ index, records }))
  return {
    transactionalId: 'word-count-1',
    acks: -1,
    timeoutMs: 30_000,
    topicData: [{ name: 'word-counts', topicId: zeroUuid, partitionData }],
  }
}

function produceResponse(): ProduceResponse {
  const partitionResponses = perPartition((index) => ({
    index,
    errorCode: 0,
    baseOffset: 123_456_789,
    logAppendTimeMs: -1,
    logStartOffset: 0,
    recordErrors: [],
    errorMessage: null,
    currentLeader: { leaderId: -1, leaderEpoch: -1 },
  }))
  return { responses: [{ name: 'word-counts', topicId: zeroUuid, partitionResponses }], throttleTimeMs: 0, nodeEndpoints: [] }
}

function fetchResponse(): FetchResponse {
  const records = Buffer.alloc(64 * 1024)
  const partitions = perPartition((partitionIndex) => ({
    partitionIndex,
    errorCode: 0,
    highWatermark: 123_456_789,
    lastStableOffset: 123_456_789,
    logStartOffset: 0,
    divergingEpoch: { epoch: -1, endOffset: -1 },
    currentLeader: { leaderId: -1, leaderEpoch: -1 },
    snapshotId: { endOffset: -1, epoch: -1 },
    abortedTransactions: [{ producerId: 7, firstOffset: 123_456_000 }],
    preferredReadReplica: -1,
    records,
  }))
  return { throttleTimeMs: 0, errorCode: 0, sessionId: 42, responses: [{ topic: '', topicId: zeroUuid, partitions }], nodeEndpoints: [] }
}
