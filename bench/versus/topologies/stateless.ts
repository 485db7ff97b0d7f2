import { serdes, StreamsBuilder, topic } from 'millrace'
import { orderSerdes } from './order.ts'
import type { TopologyOptions } from './topology-options.ts'

/** Keeps records whose key ends with an even digit, and copies their values. */
export function stateless({ input, output, progress }: TopologyOptions): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder
    .stream(topic(input, { key: serdes.string, value: serdes.bytes }))
    .peek(() => progress.step())
    .filter((key) => (key.charCodeAt(key.length - 1) & 1) === 0)
    .mapValues((value) => Buffer.from(value))
    .to(topic(output, { key: serdes.string, value: serdes.bytes }))
  return builder
}

/** Keeps every record, and copies its value: what latency is measured with. */
export function pass({ input, output }: TopologyOptions): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder
    .stream(topic(input, { key: serdes.string, value: serdes.bytes }))
    .filter(() => true)
    .mapValues((value) => Buffer.from(value))
    .to(topic(output, { key: serdes.string, value: serdes.bytes }))
  return builder
}

/** Parses orders, computes with them, and writes six of their fields. */
export function jsonMap({ input, output, progress }: TopologyOptions): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder
    .stream(topic(input, { key: serdes.string, value: orderSerdes.order }))
    .peek(() => progress.step())
    .mapValues((order) => ({
      customer: order.customer,
      item: order.item.toUpperCase(),
      total: order.amount * order.qty,
      currency: order.currency,
      store: order.store,
      ts: order.ts,
    }))
    .to(topic(output, { key: serdes.string, value: orderSerdes.priced }))
  return builder
}
