import { streamRecord, copied, headersOrNull } from '../model/stream-record.ts'
import type { ProcessorFactory } from '../processor/node-context.ts'
import { checkResult } from './check-result.ts'

/** Gives each record the key and value that `mapper` returns; timestamp and headers stay. Stateless. */
export function mapOperator(mapper: (key: unknown, value: unknown) => readonly [key: unknown, value: unknown]): ProcessorFactory {
  return (context) => ({
    process(record) {
      const pair = checkResult(mapper(record.key, record.value), 'the mapper of map()')
      const key = checkResult(pair[0], 'the mapper of map()')
      const value = checkResult(pair[1], 'the mapper of map()')
      context.forward(streamRecord(key, value, record.timestamp, copied(headersOrNull(record))))
    },
  })
}
