import { joinWindows, serdes, StreamsBuilder, topic } from 'millrace'
import { namedOrder, orderSerdes } from './order.ts'
import type { TopologyOptions } from './topology-options.ts'

/** Gives each order its customer. A step is an order that is read, and one that is joined. */
export function tableJoin({ input, second, output, supplier, progress }: TopologyOptions): StreamsBuilder {
  const builder = new StreamsBuilder()
  const customers = builder.table(topic(second, { key: serdes.string, value: orderSerdes.customer }), { store: 'store', supplier })
  builder
    .stream(topic(input, { key: serdes.string, value: orderSerdes.order }))
    .peek(() => progress.step())
    .selectKey((_id, order) => order.customer, { key: serdes.string })
    .join(customers, namedOrder)
    .peek(() => progress.step())
    .to(topic(output, { key: serdes.string, value: orderSerdes.named }))
  return builder
}

/** Joins records of one key that are at most five seconds apart. */
export function streamJoin({ input, second, output, supplier, progress }: TopologyOptions): StreamsBuilder {
  const builder = new StreamsBuilder()
  const text = { key: serdes.string, value: serdes.string }
  const left = builder.stream(topic(input, text)).peek(() => progress.step())
  const right = builder.stream(topic(second, text)).peek(() => progress.step())
  left.join(right, (one, other) => one + other, joinWindows({ timeDifference: '5s', grace: 0 }), { supplier }).to(topic(output, text))
  return builder
}

/** Keeps each order joined with its customer. A step is an order that is read, and a row that comes of it. */
export function foreignKeyJoin({ input, second, output, supplier, progress }: TopologyOptions): StreamsBuilder {
  const builder = new StreamsBuilder()
  const customers = builder.table(topic(second, { key: serdes.string, value: orderSerdes.customer }), { store: 'customers', supplier })
  builder
    .stream(topic(input, { key: serdes.string, value: orderSerdes.order }))
    .peek(() => progress.step())
    .toTable({ store: 'orders', supplier })
    .join(customers, (order) => order.customer, namedOrder, { value: orderSerdes.named })
    .toStream()
    .peek(() => progress.step())
    .to(topic(output, { key: serdes.string, value: serdes.nullable(orderSerdes.named) }))
  return builder
}
