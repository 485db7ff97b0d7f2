import { serdes } from 'millrace'

/** An order as it is in its topic. */
export interface Order {
  readonly customer: string
  /** In cents. */
  readonly amount: number
  readonly item: string
  readonly qty: number
  readonly currency: string
  readonly store: string
  readonly channel: string
  readonly note: string
  readonly ts: number
}

/** A customer as it is in its topic. */
export interface Customer {
  readonly id: string
  readonly name: string
  readonly city: string
  readonly tier: string
  readonly since: number
  readonly email: string
}

/** What the mode `json` makes of an order. */
export interface PricedOrder {
  readonly customer: string
  readonly item: string
  readonly total: number
  readonly currency: string
  readonly store: string
  readonly ts: number
}

/** What the joins with customers make of an order. */
export interface NamedOrder {
  readonly customer: string
  readonly name: string
  readonly tier: string
  readonly item: string
  readonly amount: number
  readonly ts: number
}

/** The joiner of both joins. */
export function namedOrder(order: Order, customer: Customer): NamedOrder {
  return {
    customer: order.customer,
    name: customer.name,
    tier: customer.tier,
    item: order.item,
    amount: order.amount,
    ts: order.ts,
  }
}

/** Their serdes. */
export const orderSerdes = {
  order: serdes.json<Order>(),
  customer: serdes.json<Customer>(),
  priced: serdes.json<PricedOrder>(),
  named: serdes.json<NamedOrder>(),
}
