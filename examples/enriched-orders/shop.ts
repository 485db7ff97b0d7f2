import type { Country, Customer, EnrichedOrder, Order } from './topology.ts'

const CUSTOMERS = 60
const ORDERS = 1_500
const codes = ['at', 'de', 'dk', 'fr', 'pl'] as const

export const firstCountries: ReadonlyMap<string, Country> = new Map(codes.map((code, index) => [code, { vat: 19 + index }]))

export const firstCustomers: ReadonlyMap<string, Customer> = new Map(
  Array.from({ length: CUSTOMERS }, (_, index) => [`c${index}`, { name: `customer ${index}`, country: codes[index % codes.length]! }]),
)

/** Every third customer moves and changes the name, and two countries change their tax. */
export const changes: { readonly customers: ReadonlyMap<string, Customer>; readonly countries: ReadonlyMap<string, Country> } = {
  customers: new Map(
    [...firstCustomers]
      .filter((_customer, index) => index % 3 === 0)
      .map(([id, { name }], index) => [id, { name: `${name} of old`, country: codes[(index + 2) % codes.length]! }]),
  ),
  countries: new Map([
    ['de', { vat: 7 }],
    ['pl', { vat: 23 }],
  ]),
}

/** One in forty is of a customer that nobody knows. */
function ordersFrom(first: number, count: number): readonly Order[] {
  return Array.from({ length: count }, (_, index) => {
    const number = first + index
    const customerId = number % 40 === 39 ? 'c-unknown' : `c${(number * 7) % CUSTOMERS}`
    return { id: `o${number}`, customerId, cents: 100 + ((number * 37) % 9_900) }
  })
}

/** Before the changes, and after. */
export const firstOrders: readonly Order[] = ordersFrom(0, ORDERS)
export const lastOrders: readonly Order[] = ordersFrom(ORDERS, ORDERS)

/** The same with a plain loop: each order with what was known when it came. */
export function expectedOrders(): ReadonlyMap<string, EnrichedOrder> {
  const expected = new Map<string, EnrichedOrder>()
  const customers = new Map(firstCustomers)
  const countries = new Map(firstCountries)
  const take = (order: Order): void => {
    const customer = customers.get(order.customerId)
    if (customer === undefined) return
    const { vat } = countries.get(customer.country)!
    const vatCents = Math.round((order.cents * vat) / 100)
    expected.set(order.id, { ...order, customer: customer.name, country: customer.country, vatCents })
  }
  for (const order of firstOrders) take(order)
  for (const [id, customer] of changes.customers) customers.set(id, customer)
  for (const [code, country] of changes.countries) countries.set(code, country)
  for (const order of lastOrders) take(order)
  return expected
}

/** Each order of a known customer with the name that the customer has in the end. */
export function expectedNames(): ReadonlyMap<string, string> {
  const customers = new Map([...firstCustomers, ...changes.customers])
  return new Map(
    [...firstOrders, ...lastOrders].flatMap(({ id, customerId }) => {
      const customer = customers.get(customerId)
      return customer === undefined ? [] : [[id, customer.name] as const]
    }),
  )
}
