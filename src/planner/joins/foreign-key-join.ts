import type { Partitioner } from '../../model/partitioner.ts'
import type { SubscriptionResponse } from '../../model/subscription.ts'
import { foreignTableOperator } from '../../operators/foreign-key/foreign-table-operator.ts'
import { responseJoinOperator } from '../../operators/foreign-key/response-join-operator.ts'
import { subscriptionJoinOperator } from '../../operators/foreign-key/subscription-join-operator.ts'
import { subscriptionReceiveOperator } from '../../operators/foreign-key/subscription-receive-operator.ts'
import { subscriptionSendOperator } from '../../operators/foreign-key/subscription-send-operator.ts'
import { tableSourceOperator } from '../../operators/table-source-operator.ts'
import { builtInSerde, fastSerdeOf } from '../../serdes/fast-serde.ts'
import { type SubscriptionKeySerdes, subscriptionKeySerdes } from '../../serdes/foreign-key/subscription-key-serde.ts'
import { subscriptionResponseSerde } from '../../serdes/foreign-key/subscription-response-serde.ts'
import { subscriptionSerde } from '../../serdes/foreign-key/subscription-serde.ts'
import type { Serde } from '../../serdes/serde.ts'
import { askKeyValueStore, type DslStoreOptions, isDslStoreSuppliers } from '../../state/dsl-store-suppliers.ts'
import type { StoreDefinition } from '../../state/store-definition.ts'
import { storeDefinition } from '../../topology/store-catalog.ts'
import { requireSerde, serdeOr, serdeOrLost } from '../../topology/travelling-serde.ts'
import type { AggregateCall } from '../aggregation.ts'
import type { LogicalNode } from '../logical-node.ts'
import { readMaterialized } from '../materialization.ts'
import { internalTopicNode } from '../nodes/internal-topic-node.ts'
import { processorNode } from '../nodes/processor-node.ts'
import { type PlannedTable, SourceTableState } from '../planned-table.ts'
import type { Planner } from '../planner.ts'
import { generateStoreName } from '../store-names.ts'

/** What a foreign-key join computes. */
export interface ForeignKeyJoinFunctions {
  readonly foreignKey: (value: unknown, key: unknown) => unknown
  readonly joiner: (left: unknown, right: unknown, key: unknown) => unknown
  readonly isLeft: boolean
}

// oxlint-disable-next-line typescript/no-explicit-any -- partitioners of keys of any type fit: types end at the DSL
type KeyPartitioner = Partitioner<any, null>

/** Options of a foreign-key join. */
export interface ForeignKeyJoinCall extends AggregateCall {
  /** That of the left table, where it is not the default one. */
  readonly partitioner?: KeyPartitioner | undefined
  /** That of the other table. */
  readonly otherPartitioner?: KeyPartitioner | undefined
}

/**
 * Joins each row of `table` with the row of `other` whose key a function finds in it (P§2.10, 4.5). Rows of `table` subscribe at the task
 * that has the other row, which answers; two internal topics carry that. Numbers are burned in Java's order.
 */
export function planForeignKeyJoin(
  table: PlannedTable,
  other: PlannedTable,
  functions: ForeignKeyJoinFunctions,
  call: ForeignKeyJoinCall,
): PlannedTable {
  const { planner } = table
  const { site } = call
  other.state.enableSendingOldValues(true)
  table.state.enableSendingOldValues(true)
  const names = nodeNames(planner, call.name)
  const registration = planRegistration(table, other, { functions, names, call })
  const responses = planAnswers(table, other, { names, registration, call })
  const view = table.state.view()
  const resolver = processorNode({
    name: names.resolver,
    site,
    factory: () =>
      responseJoinOperator({ ...functions, table: view, valueSerde: registration.leftValue, valueHashTopic: `${names.registration}-vh` }),
    connected: view.stores,
  })
  planner.graph.add([responses.node], resolver)
  return planResult(table, resolver, { names, sources: responses.leftSources, call })
}

/** The names of all nodes, topics and the store of a join. */
interface JoinNames {
  readonly registration: string
  readonly send: string
  readonly registrationSink: string
  readonly registrationSource: string
  readonly store: string
  readonly receive: string
  readonly joinForeign: string
  readonly foreignTable: string
  readonly response: string
  readonly responseSink: string
  readonly responseSource: string
  readonly resolver: string
  readonly result: string
}

function nodeNames({ names }: Planner, given: string | undefined): JoinNames {
  const name = (suffix: string, prefix: string): string => names.suffixedOr(given, suffix, prefix)
  const join = 'KTABLE-FK-JOIN-'
  return {
    registration: `${name('-subscription-registration', `${join}SUBSCRIPTION-REGISTRATION-`)}-topic`,
    send: name('-subscription-registration-processor', `${join}SUBSCRIPTION-REGISTRATION-`),
    registrationSink: name('-subscription-registration-sink', 'KTABLE-SINK-'),
    registrationSource: name('-subscription-registration-source', 'KTABLE-SOURCE-'),
    store: name('-subscription-store', `${join}SUBSCRIPTION-STATE-STORE-`),
    receive: name('-subscription-receive', `${join}SUBSCRIPTION-PROCESSOR-`),
    joinForeign: name('-subscription-join-foreign', `${join}SUBSCRIPTION-PROCESSOR-`),
    foreignTable: name('-foreign-join-subscription', `${join}SUBSCRIPTION-PROCESSOR-`),
    response: `${name('-subscription-response', `${join}SUBSCRIPTION-RESPONSE-`)}-topic`,
    responseSink: name('-subscription-response-sink', 'KTABLE-SINK-'),
    responseSource: name('-subscription-response-source', 'KTABLE-SOURCE-'),
    resolver: name('-subscription-response-resolver', `${join}SUBSCRIPTION-RESPONSE-RESOLVER-PROCESSOR-`),
    result: name('-result', `${join}OUTPUT-`),
  }
}

/** What the two directions share. */
interface Registration {
  /** The source of the registration topic. */
  readonly node: LogicalNode
  readonly leftKey: Serde<unknown>
  readonly leftValue: Serde<unknown>
  readonly foreignKey: Serde<unknown>
}

interface RegistrationPlan {
  readonly functions: ForeignKeyJoinFunctions
  readonly names: JoinNames
  readonly call: ForeignKeyJoinCall
}

/** From the left table to the registration topic. */
function planRegistration(table: PlannedTable, other: PlannedTable, { functions, names, call }: RegistrationPlan): Registration {
  const { planner } = table
  const { site } = call
  const action = `write topic "${names.registration}"`
  const leftKey = requireSerde(table.key, planner.defaultKeySerde, { side: 'key', action, site })
  const leftValue = requireSerde(table.value, planner.defaultValueSerde, { side: 'value', action, site })
  const foreignKey = requireSerde(other.key, planner.defaultKeySerde, { side: 'key', action, site })
  const send = processorNode({
    name: names.send,
    site,
    factory: () =>
      subscriptionSendOperator({
        foreignKey: functions.foreignKey,
        isLeft: functions.isLeft,
        dropsOutdated: () => table.state.isVersioned,
        foreignKeySerde: foreignKey,
        foreignKeyTopic: `${names.registration}-fk`,
        valueSerde: leftValue,
        valueHashTopic: `${names.registration}-vh`,
      }),
  })
  planner.graph.add([table.node], send)
  const node = internalTopicNode({
    name: names.registrationSource,
    site,
    topic: names.registration,
    sinkName: names.registrationSink,
    key: foreignKey,
    value: builtInSerde(
      subscriptionSerde(fastSerdeOf(leftKey), { topicOf: (topic) => `${topic}-pk`, writesVersion0: false }),
    ) as Serde<unknown>,
    partitioner: call.otherPartitioner === undefined ? null : onePartition(call.otherPartitioner, 'otherPartitioner'),
    timestampExtractor: null,
  })
  planner.graph.add([send], node)
  planner.copartitioned.push(new Set([...other.sources, node.name]))
  return { node, leftKey, leftValue, foreignKey }
}

interface AnswersPlan {
  readonly names: JoinNames
  readonly registration: Registration
  readonly call: ForeignKeyJoinCall
}

/** From the registration topic, and from the other table, to the topic of answers. */
function planAnswers(
  table: PlannedTable,
  other: PlannedTable,
  { names, registration, call }: AnswersPlan,
): { readonly node: LogicalNode; readonly leftSources: ReadonlySet<string> } {
  const { planner } = table
  const { site } = call
  const keys = subscriptionKeys(names, registration)
  const store = subscriptionStoreOf(planner, names, registration, keys)
  const receive = processorNode({
    name: names.receive,
    site,
    factory: () => subscriptionReceiveOperator({ store: names.store }),
    stores: () => [store],
  })
  planner.graph.add([registration.node], receive)
  const foreignTable = other.state.view()
  const join = processorNode({
    name: names.joinForeign,
    site,
    factory: () => subscriptionJoinOperator({ foreignTable }),
    connected: foreignTable.stores,
  })
  planner.graph.add([receive], join)
  const foreign = processorNode({
    name: names.foreignTable,
    site,
    factory: () => foreignTableOperator({ store: names.store, prefix: keys.prefix, dropsOutdated: () => other.state.isVersioned }),
    stores: () => [store],
  })
  planner.graph.add([other.node], foreign)
  const action = `write topic "${names.response}"`
  const foreignValue = requireSerde(other.value, planner.defaultValueSerde, { side: 'value', action, site })
  const node = internalTopicNode({
    name: names.responseSource,
    site,
    topic: names.response,
    sinkName: names.responseSink,
    key: registration.leftKey,
    value: builtInSerde(subscriptionResponseSerde(fastSerdeOf(foreignValue))) as Serde<unknown>,
    partitioner: call.partitioner === undefined ? toPrimaryPartition : onePartition(call.partitioner, 'partitioner'),
    timestampExtractor: null,
  })
  planner.graph.add([join, foreign], node)
  const leftSources = new Set([...table.sources, node.name])
  planner.copartitioned.push(leftSources)
  return { node, leftSources }
}

const toPrimaryPartition = (_key: unknown, { primaryPartition }: SubscriptionResponse): number | null => primaryPartition

/** A partitioner that is given no value and must choose one partition, or leave the choice to the default. */
function onePartition(partitioner: KeyPartitioner, option: string): Partitioner<unknown, unknown> {
  return (key, _value, partitions, context) => {
    const chosen = partitioner(key, null, partitions, context)
    if (Array.isArray(chosen) && chosen.length !== 1) {
      throw new RangeError(
        `Cannot write to topic "${context.topic}": the ${option} of a foreign-key join chose ${chosen.length} partitions, one is required`,
      )
    }
    return chosen
  }
}

/** Keys in the store are written with the topic names of the registration topic, as in Java: `topic` is that of the store's changelog. */
function subscriptionKeys(names: JoinNames, { foreignKey, leftKey }: Registration): SubscriptionKeySerdes<unknown> {
  return subscriptionKeySerdes({
    foreignKey: fastSerdeOf(foreignKey),
    foreignKeyTopicOf: registrationTopicOf(names, 'fk'),
    primaryKey: fastSerdeOf(leftKey),
    primaryKeyTopicOf: registrationTopicOf(names, 'pk'),
  })
}

function registrationTopicOf(names: JoinNames, part: 'fk' | 'pk'): (changelog: string) => string {
  const suffix = `${names.store}-changelog`
  return (changelog) => `${changelog.slice(0, -suffix.length)}${names.registration}-${part}`
}

function subscriptionStoreOf(
  planner: Planner,
  names: JoinNames,
  { leftKey }: Registration,
  { whole }: SubscriptionKeySerdes<unknown>,
): StoreDefinition {
  const { defaultSupplier, defaultFormat } = planner
  const asked = { name: names.store, format: defaultFormat ?? 'timestamped' } as const
  const answer: DslStoreOptions = isDslStoreSuppliers(defaultSupplier)
    ? askKeyValueStore(defaultSupplier, asked)
    : { supplier: defaultSupplier }
  const value = subscriptionSerde(fastSerdeOf(leftKey), { topicOf: registrationTopicOf(names, 'pk'), writesVersion0: false })
  const definition = storeDefinition({
    name: names.store,
    kind: 'key-value',
    format: answer.format === 'plain' ? 'plain' : 'timestamped',
    caching: false,
    key: builtInSerde(whole) as Serde<unknown>,
    value: builtInSerde(value) as Serde<unknown>,
    options: { supplier: answer.supplier },
  })
  // As in Java, the headers of a subscription go to the changelog, though the store does not keep them.
  return Object.freeze({ ...definition, changelog: { ...definition.changelog!, hasHeaders: true } })
}

interface ResultPlan {
  readonly names: JoinNames
  readonly sources: ReadonlySet<string>
  readonly call: ForeignKeyJoinCall
}

/** The table of the joined rows: it keeps a store when it was named or when one is needed. */
function planResult(table: PlannedTable, resolver: LogicalNode, { names, sources, call }: ResultPlan): PlannedTable {
  const { planner } = table
  const { site } = call
  const materialization = readMaterialized(planner, call.options)
  const storeName = materialization.name ?? generateStoreName(planner, 'KTABLE-FK-JOIN-OUTPUT-', materialization)
  const key = serdeOr(materialization.key, table.key)
  const value = serdeOrLost(materialization.value, names.result)
  const state = new SourceTableState({ planner, materialization, storeName, key, value, site })
  const node = processorNode({
    name: names.result,
    site,
    factory: () => tableSourceOperator({ store: state.store?.name ?? null, sendOldValues: state.sendsOldValues }),
    stores: () => (state.store === null ? [] : [state.store]),
  })
  planner.graph.add([resolver], node)
  return { planner, node, key, value, sources, queryableName: materialization.name, state }
}
