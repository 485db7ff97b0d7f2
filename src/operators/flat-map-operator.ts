import { copied, headersOrNull, streamRecord } from '../model/stream-record.ts'
import type { ProcessorFactory } from '../processor/node-context.ts'
import { checkResult } from './check-result.ts'

/** Forwards one record per pair that `mapper` returns, with the timestamp and headers of the record. Stateless. */
export function flatMapOperator(
  mapper: (key: unknown, value: unknown) => Iterable<readonly [key: unknown, value: unknown]>,
): ProcessorFactory {
  return (context) => ({
    process(record) {
      for (const pair of checkResult(mapper(record.key, record.value), 'the mapper of flatMap()')) {
        const key = checkResult(pair[0], 'the mapper of flatMap()')
        const value = checkResult(pair[1], 'the mapper of flatMap()')
        context.forward(streamRecord(key, value, record.timestamp, copied(headersOrNull(record))))
      }
    },
  })
}
