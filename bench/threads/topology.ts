import { keyValueStore, serdes, StreamsBuilder, topic, type TopologyModule } from 'millrace'

// The topologies of the benchmark of stream threads, by the id of the application.

export const input = topic('input', { key: serdes.string, value: serdes.string })
export const output = topic('output', { key: serdes.string, value: serdes.string })
const counts = keyValueStore('counts', { key: serdes.string, value: serdes.int64, supplier: 'in-memory' })

interface Order {
  readonly id: number
  readonly customer: string
  readonly items: readonly { readonly name: string; readonly amount: number; readonly price: number }[]
}

/** What an application does with JSON: read, look at all of it, write something else. */
function total(text: string): string {
  const { id, customer, items } = JSON.parse(text) as Order
  const byName = items.map(({ name, amount, price }) => ({ name, sum: amount * price })).toSorted((a, b) => b.sum - a.sum)
  return JSON.stringify({ id, customer, total: byName.reduce((sum, item) => sum + item.sum, 0), items: byName })
}

/** What costs far more than to fetch and to write it: the most frequent words of a text, and how often each is there. */
export function frequentWords(text: string): string {
  const counts = new Map<string, number>()
  for (const word of text.toLowerCase().split(/[^a-z]+/)) counts.set(word, (counts.get(word) ?? 0) + 1)
  const sorted = [...counts].toSorted(([left, many], [right, more]) => more - many || (left < right ? -1 : 1))
  return JSON.stringify(sorted.slice(0, 5))
}

const topology: TopologyModule = ({ applicationId }) => {
  const builder = new StreamsBuilder()
  const stream = builder.stream(input)
  if (applicationId === 'json') stream.mapValues(total).to(output)
  else if (applicationId === 'words') stream.mapValues(frequentWords).to(output)
  else {
    stream
      .groupByKey()
      .count({ store: counts })
      .toStream()
      .mapValues((count) => String(count), { value: serdes.string })
      .to(output)
  }
  return builder
}

// oxlint-disable-next-line import/no-default-export -- what the module of a topology has
export default topology
