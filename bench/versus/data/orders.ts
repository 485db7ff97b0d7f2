import { Prng } from '../../../src/base/prng.ts'
import type { OutgoingRecord } from '../../../src/client/outgoing-record.ts'
import { type DataSet, FIRST_MS, type Generator } from './data-set.ts'

const CUSTOMERS = 50_000
const ITEMS = 5_000
const STORES = 200
const CURRENCIES = ['EUR', 'USD', 'GBP', 'JPY']
const CHANNELS = ['web', 'app', 'shop', 'phone']
const CITIES = ['Lisbon', 'Oslo', 'Vienna', 'Prague', 'Turin', 'Ghent', 'Malmo', 'Porto']
const TIERS = ['basic', 'silver', 'gold']
const NOTES = ['leave at the door', 'ring the bell twice', 'gift wrapping', 'call before you come']
const DAY_MS = 86_400_000

/** Orders as JSON: key `o<n>`, customer `c000000` to `c049999`, amount in cents. */
export function orders(topic: string, records: number): DataSet {
  return {
    topic,
    records,
    firstMs: FIRST_MS,
    generate: () => {
      const random = new Prng(4)
      return jsonGenerator(
        (index) => `o${index}`,
        (index) => ({
          customer: customerId(random.below(CUSTOMERS)),
          amount: 100 + random.below(99_900),
          item: `item-${String(random.below(ITEMS)).padStart(4, '0')}`,
          qty: 1 + random.below(9),
          currency: random.pick(CURRENCIES),
          store: `s${String(random.below(STORES)).padStart(3, '0')}`,
          channel: random.pick(CHANNELS),
          note: random.pick(NOTES),
          ts: FIRST_MS + index,
        }),
      )
    },
  }
}

/** The customers of the orders as JSON, older than these. All of them are there whatever the factor, as orders name any of them. */
export function customers(topic: string): DataSet {
  return {
    topic,
    records: CUSTOMERS,
    isWhole: true,
    firstMs: FIRST_MS - DAY_MS,
    generate: () => {
      const random = new Prng(5)
      return jsonGenerator(customerId, (index) => ({
        id: customerId(index),
        name: `Customer Number ${index}`,
        city: random.pick(CITIES),
        tier: random.pick(TIERS),
        since: 2000 + random.below(26),
        email: `customer.${index}@example.com`,
      }))
    },
  }
}

function customerId(index: number): string {
  return `c${String(index).padStart(6, '0')}`
}

function jsonGenerator(keyOf: (index: number) => string, valueOf: (index: number) => object): Generator {
  let filled = 0
  return {
    fill: (record: OutgoingRecord, index) => {
      record.keyStart = 0
      record.keyEnd = record.bytes.write(keyOf(index), 0, 'latin1')
      record.valueStart = record.keyEnd
      record.valueEnd = record.valueStart + record.bytes.write(JSON.stringify(valueOf(index)), record.valueStart, 'latin1')
      filled++
    },
    units: () => filled,
  }
}
