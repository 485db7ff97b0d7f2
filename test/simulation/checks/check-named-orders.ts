import { byKey, type Observed, type Problems } from './observed.ts'

/** A change of an order (`<customer><number>`) or a customer. `null`: a deletion. */
export interface RowChange {
  readonly key: string
  readonly value: string | null
}

/** Both inputs, each in its order. */
export interface NamedOrdersInput {
  readonly orders: readonly RowChange[]
  readonly customers: readonly RowChange[]
  readonly isLeft: boolean
}

/** The rows of the join in the end. */
export function modelOfNamedOrders({ orders, customers, isLeft }: NamedOrdersInput): ReadonlyMap<string, string> {
  const names = new Map(customers.map(({ key, value }) => [key, value]))
  const rows = new Map<string, string>()
  for (const { key, value } of orders) {
    const name = value === null ? null : (names.get(value.slice(0, 1)) ?? null)
    if (value === null || (name === null && !isLeft)) rows.delete(key)
    else rows.set(key, `${value}=${name ?? '?'}`)
  }
  return rows
}

/**
 * Exactly-once: each output is an order as it once was with the name that its customer once had, values of an order do not go back, and
 * the last is that of the join. But a row of the inner join may stay when its customer was deleted, as in Java: 1. The order changes, with
 * the same customer; the message about it asks for no answer if there is no customer. 2. The customer is deleted before that message comes;
 * the answer to that is dropped, because the order is not the one that it is about any more.
 */
export function checkNamedOrders(input: NamedOrdersInput, outputs: readonly Observed<string | null>[]): Problems {
  const problems: string[] = []
  const model = modelOfNamedOrders(input)
  const outputsOf = byKey(outputs)
  for (const key of new Set([...outputsOf.keys(), ...model.keys()])) {
    const found = outputsOf.get(key) ?? []
    const last = found.at(-1)?.value ?? null
    const expected = model.get(key) ?? null
    const mayStay = !input.isLeft && expected === null && (input.orders.findLast((order) => order.key === key)?.value ?? null) !== null
    if (last !== expected && !mayStay) problems.push(`order "${key}" ends as ${last}, not ${expected}`)
    problems.push(...checkOrder(key, found, input))
  }
  return problems
}

function checkOrder(key: string, found: readonly Observed<string | null>[], { orders, customers, isLeft }: NamedOrdersInput): Problems {
  const versions = orders.filter((order) => order.key === key).map(({ value }) => value)
  let current = 0
  for (const { value } of found) {
    if (value === null) continue
    const [order, name] = value.split('=') as [string, string]
    const version = versions.indexOf(order)
    if (version < 0) return [`order "${key}" never was ${order}`]
    if (version < current) return [`order "${key}" goes back to ${order}`]
    current = version
    const isKnown = customers.some((customer) => customer.key === order.slice(0, 1) && customer.value === name)
    if (!isKnown && !(isLeft && name === '?')) return [`customer "${order.slice(0, 1)}" never was ${name}`]
  }
  return []
}
