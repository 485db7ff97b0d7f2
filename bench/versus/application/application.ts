// The application of Millrace that is measured: `node application.ts name=value ...`. VersusApplication.java is its twin.
import { createInterface } from 'node:readline'
import { crc32 } from 'node:zlib'
import { configFromProperties, KafkaStreams, keyValueStore, serdes } from 'millrace'
import { Progress } from './progress.ts'
import { say } from './say.ts'
import { topologies, type TopologyName } from '../topologies/topologies.ts'

const options = new Map<string, string>()
const properties: string[] = []
for (const argument of process.argv.slice(2)) {
  const equals = argument.indexOf('=')
  const name = argument.slice(0, equals)
  const value = argument.slice(equals + 1)
  if (name.startsWith('config.')) properties.push(`${name.slice('config.'.length)}=${value}`)
  else options.set(name, value)
}

function option(name: string): string {
  const value = options.get(name)
  if (value === undefined) throw new Error(`the argument ${name}=... is missing`)
  return value
}

const progress = new Progress(Number(options.get('steps') ?? 0))
const name = option('topology') as TopologyName
const builder = topologies[name]({
  input: option('input'),
  second: options.get('second') ?? '',
  output: options.get('output') ?? '',
  supplier: option('store') as 'in-memory' | 'persistent',
  progress,
})

const streams = new KafkaStreams(builder, configFromProperties(properties.join('\n')))
streams.on('stateChange', (state) => say(`state ${state}`))
streams.on('restoreStart', ({ store }) => say(`restore-start ${store}`))
streams.on('restoreEnd', ({ store, restored }) => say(`restore-end ${store} ${restored}`))
say('start')
const started = streams.start()
for await (const order of createInterface({ input: process.stdin })) {
  const [what, first, second] = order.split(' ')
  if (what === 'close') break
  if (what === 'processed') say(`processed ${first} ${progress.done}`)
  if (what === 'verify') verify(Number(first), Number(second))
}
await started
await streams.close({ leaveGroup: true })
say('closed')
process.exit()

/** Reads every step-th of the keys that were loaded and says what they come to. */
function verify(count: number, step: number): void {
  const texts = keyValueStore('store', { key: serdes.string, value: serdes.string })
  const counts = keyValueStore('store', { key: serdes.string, value: serdes.int64 })
  const rows = name === 'count' ? streams.localStore(counts) : streams.localStore(texts)
  let checksum = 0
  let found = 0
  for (let index = 0; index < count; index += step) {
    const value = rows.get(`k${String(index).padStart(9, '0')}`)
    if (value === null) continue
    found++
    checksum = crc32(String(value), checksum)
  }
  say(`verified ${found}:${checksum}`)
}
