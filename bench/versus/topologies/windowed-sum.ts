import { serdes, StreamsBuilder, timeWindows, topic } from 'millrace'
import { orderSerdes } from './order.ts'
import type { TopologyOptions } from './topology-options.ts'

/** Adds up the amounts of each customer in each minute. A step is an order that is read, and one that is added. */
export function windowedSum({ input, output, supplier, progress }: TopologyOptions): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder
    .stream(topic(input, { key: serdes.string, value: orderSerdes.order }))
    .peek(() => progress.step())
    .selectKey((_id, order) => order.customer, { key: serdes.string })
    .groupByKey()
    .windowedBy(timeWindows({ size: '1m', grace: 0 }))
    .aggregate(
      () => 0,
      (_customer, order, sum) => {
        progress.step()
        return sum + order.amount
      },
      { store: 'store', supplier, key: serdes.string, value: serdes.float64 },
    )
    .toStream()
    .selectKey(({ key, window }) => `${key}@${window.start}`, { key: serdes.string })
    .to(topic(output, { key: serdes.string, value: serdes.float64 }))
  return builder
}
