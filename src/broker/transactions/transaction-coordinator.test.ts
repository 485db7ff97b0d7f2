import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualWorld } from '../../base/virtual-environment.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import { LAST_CLIENT_EPOCH, type ProducerIdAndEpoch, type TransactionState } from './transaction.ts'
import { type DecidedTransaction, type ProducerIdAnswer, TransactionCoordinator } from './transaction-coordinator.ts'

const NEW_SESSION: ProducerIdAndEpoch = { producerId: -1, producerEpoch: -1 }
const target = { kind: 'partition', topic: 't', partition: 0 } as const

/** A coordinator whose markers are written when the test says so. */
class Bench {
  readonly world = new VirtualWorld({ seed: 1 })
  readonly coordinator: TransactionCoordinator
  readonly decided: DecidedTransaction[] = []
  readonly #done: (() => void)[] = []
  #ids = 100

  constructor(version: 1 | 2 = 1) {
    const environment = this.world.environment('cluster')
    const settings = { timeoutMaxMs: 900_000, scanIntervalMs: 1_000, version }
    this.coordinator = new TransactionCoordinator(
      environment,
      settings,
      () => this.#ids++,
      (decided, done) => {
        this.decided.push(decided)
        this.#done.push(done)
      },
    )
  }

  init(expected: ProducerIdAndEpoch = NEW_SESSION, timeoutMs = 5_000): ProducerIdAnswer {
    return this.coordinator.initProducerId('x', timeoutMs, expected)
  }

  add(producer: ProducerIdAndEpoch): number {
    return this.coordinator.add({ transactionalId: 'x', ...pick(producer) }, [target])
  }

  end(producer: ProducerIdAndEpoch, isCommit: boolean, bumpsEpoch: boolean): ProducerIdAnswer {
    return this.coordinator.end({ transactionalId: 'x', ...pick(producer), isCommit, bumpsEpoch })
  }

  writeMarkers(): void {
    for (const done of this.#done.splice(0)) done()
  }

  get state(): TransactionState {
    return this.coordinator.find('x')!.state
  }

  /** A producer with the state of its transaction as wanted; the answer is what its client holds. */
  bring(state: TransactionState, bumpsEpoch: boolean): ProducerIdAndEpoch {
    const producer = this.init()
    if (state === 'empty') return producer
    this.add(producer)
    if (state === 'ongoing') return producer
    const isCommit = state.endsWith('commit')
    this.end(producer, isCommit, bumpsEpoch)
    if (state.startsWith('complete')) this.writeMarkers()
    return producer
  }
}

function pick({ producerId, producerEpoch }: ProducerIdAndEpoch): ProducerIdAndEpoch {
  return { producerId, producerEpoch }
}

test('TransactionCoordinator.initProducerId() begins at epoch 0 and bumps it for each new session', () => {
  const bench = new Bench()
  const first = bench.init()
  assert.deepEqual(first, { errorCode: 0, producerId: 100, producerEpoch: 0 })
  assert.deepEqual(bench.init(), { errorCode: 0, producerId: 100, producerEpoch: 1 })
  assert.equal(bench.add(first), kafkaErrors.PRODUCER_FENCED)
})

test('TransactionCoordinator.initProducerId() bumps the epoch of a producer that names itself, and repeats the answer', () => {
  const bench = new Bench()
  const first = bench.init()
  const second = bench.init(first)
  assert.deepEqual(pick(second), { producerId: 100, producerEpoch: 1 })
  assert.deepEqual(bench.init(first), second)
  const third = bench.init(second)
  assert.equal(third.producerEpoch, 2)
  assert.equal(bench.init(first).errorCode, kafkaErrors.PRODUCER_FENCED)
  assert.equal(bench.init({ producerId: 55, producerEpoch: 2 }).errorCode, kafkaErrors.PRODUCER_FENCED)
})

test('TransactionCoordinator.initProducerId() refuses time-outs and half a producer', () => {
  const bench = new Bench()
  assert.equal(bench.init(NEW_SESSION, 0).errorCode, kafkaErrors.INVALID_TRANSACTION_TIMEOUT)
  assert.equal(bench.init(NEW_SESSION, 900_001).errorCode, kafkaErrors.INVALID_TRANSACTION_TIMEOUT)
  assert.equal(bench.init({ producerId: 1, producerEpoch: -1 }).errorCode, kafkaErrors.INVALID_REQUEST)
  assert.equal(bench.coordinator.initProducerId('', 1_000, NEW_SESSION).errorCode, kafkaErrors.INVALID_REQUEST)
})

test('TransactionCoordinator.initProducerId() aborts an ongoing transaction first, and answers 51 until its markers are written', () => {
  for (const bumpsEpoch of [false, true]) {
    const bench = new Bench()
    const zombie = bench.bring('ongoing', bumpsEpoch)
    assert.equal(bench.init().errorCode, kafkaErrors.CONCURRENT_TRANSACTIONS)
    assert.equal(bench.state, 'prepare-abort')
    assert.equal(bench.init().errorCode, kafkaErrors.CONCURRENT_TRANSACTIONS)
    assert.deepEqual(
      bench.decided.map(({ producerEpoch, isCommit }) => [producerEpoch, isCommit]),
      [[1, false]],
    )
    bench.writeMarkers()
    assert.equal(bench.init().producerEpoch, 2)
    assert.notEqual(bench.end(zombie, true, bumpsEpoch).errorCode, kafkaErrors.NONE)
    assert.notEqual(bench.add(zombie), kafkaErrors.NONE)
  }
})

test('TransactionCoordinator.initProducerId() lets a producer that names itself abort its transaction, in a cluster of the second version', () => {
  for (const version of [1, 2] as const) {
    const bench = new Bench(version)
    const producer = bench.bring('ongoing', true)
    assert.equal(bench.init(producer).errorCode, kafkaErrors.CONCURRENT_TRANSACTIONS)
    bench.writeMarkers()
    const { errorCode, producerEpoch } = bench.init(producer)
    assert.deepEqual([errorCode, producerEpoch], version === 2 ? [0, producer.producerEpoch + 1] : [kafkaErrors.PRODUCER_FENCED, -1])
  }
})

test('TransactionCoordinator.end() answers the first version as its table says', () => {
  const { NONE, INVALID_TXN_STATE, CONCURRENT_TRANSACTIONS } = kafkaErrors
  const table: Readonly<Record<TransactionState, readonly [commit: number, abort: number]>> = {
    empty: [INVALID_TXN_STATE, INVALID_TXN_STATE],
    ongoing: [NONE, NONE],
    'prepare-commit': [CONCURRENT_TRANSACTIONS, INVALID_TXN_STATE],
    'prepare-abort': [INVALID_TXN_STATE, CONCURRENT_TRANSACTIONS],
    'complete-commit': [NONE, INVALID_TXN_STATE],
    'complete-abort': [INVALID_TXN_STATE, NONE],
  }
  for (const [state, [commit, abort]] of Object.entries(table) as [TransactionState, readonly [number, number]][]) {
    for (const isCommit of [true, false]) {
      const bench = new Bench()
      const producer = bench.bring(state, false)
      const decidedBefore = bench.decided.length
      assert.equal(bench.end(producer, isCommit, false).errorCode, isCommit ? commit : abort, `${state} ${isCommit}`)
      assert.equal(bench.decided.length, decidedBefore + (state === 'ongoing' ? 1 : 0))
      const wrongEpoch = { ...pick(producer), producerEpoch: producer.producerEpoch + 1 }
      assert.equal(bench.end(wrongEpoch, isCommit, false).errorCode, kafkaErrors.PRODUCER_FENCED)
      assert.equal(bench.end({ producerId: 9, producerEpoch: 0 }, isCommit, false).errorCode, kafkaErrors.INVALID_PRODUCER_ID_MAPPING)
    }
  }
})

test('TransactionCoordinator.end() answers the second version as its table says', () => {
  const { NONE, INVALID_TXN_STATE, CONCURRENT_TRANSACTIONS, PRODUCER_FENCED } = kafkaErrors
  interface Row {
    /** With the epoch before the last bump: a repeated request. */
    readonly repeat: readonly [commit: number, abort: number]
    /** With the epoch that the coordinator has. */
    readonly current: readonly [commit: number, abort: number]
  }
  const table: Readonly<Record<TransactionState, Row>> = {
    empty: { repeat: [PRODUCER_FENCED, PRODUCER_FENCED], current: [INVALID_TXN_STATE, NONE] },
    ongoing: { repeat: [PRODUCER_FENCED, PRODUCER_FENCED], current: [NONE, NONE] },
    'prepare-commit': { repeat: [CONCURRENT_TRANSACTIONS, INVALID_TXN_STATE], current: [PRODUCER_FENCED, PRODUCER_FENCED] },
    'prepare-abort': { repeat: [INVALID_TXN_STATE, CONCURRENT_TRANSACTIONS], current: [PRODUCER_FENCED, PRODUCER_FENCED] },
    'complete-commit': { repeat: [NONE, INVALID_TXN_STATE], current: [INVALID_TXN_STATE, NONE] },
    'complete-abort': { repeat: [INVALID_TXN_STATE, NONE], current: [INVALID_TXN_STATE, NONE] },
  }
  for (const [state, row] of Object.entries(table) as [TransactionState, Row][]) {
    for (const kind of ['repeat', 'current'] as const) {
      for (const isCommit of [true, false]) {
        const bench = new Bench()
        bench.init()
        const { producerId } = bench.bring(state, true)
        const { producerEpoch } = bench.coordinator.find('x')!
        const epoch = kind === 'repeat' ? producerEpoch - 1 : producerEpoch
        const answer = bench.end({ producerId, producerEpoch: epoch }, isCommit, true)
        assert.equal(answer.errorCode, row[kind][isCommit ? 0 : 1], `${state} ${kind} ${isCommit ? 'commit' : 'abort'}`)
        if (answer.errorCode === NONE) {
          assert.equal(answer.producerEpoch, kind === 'repeat' ? producerEpoch : producerEpoch + 1)
        }
      }
    }
  }
})

test('TransactionCoordinator.end() writes markers with the old epoch in the first version, with the new one in the second', () => {
  for (const bumpsEpoch of [false, true]) {
    const bench = new Bench()
    const producer = bench.bring('ongoing', bumpsEpoch)
    bench.end(producer, true, bumpsEpoch)
    assert.equal(bench.decided[0]!.producerEpoch, producer.producerEpoch + (bumpsEpoch ? 1 : 0))
    assert.equal(bench.add(producer), bumpsEpoch ? kafkaErrors.PRODUCER_FENCED : kafkaErrors.CONCURRENT_TRANSACTIONS)
    bench.writeMarkers()
    const next = bumpsEpoch ? { ...pick(producer), producerEpoch: producer.producerEpoch + 1 } : producer
    assert.equal(bench.add(next), kafkaErrors.NONE)
  }
})

test('TransactionCoordinator takes a new producer id when the epochs are used up, and recognises the repeated EndTxn', () => {
  const bench = new Bench()
  bench.init()
  bench.coordinator.find('x')!.producerEpoch = LAST_CLIENT_EPOCH
  const last = { producerId: 100, producerEpoch: LAST_CLIENT_EPOCH }
  assert.equal(bench.add(last), 0)
  const answer = bench.end(last, true, true)
  assert.deepEqual(answer, { errorCode: 0, producerId: 101, producerEpoch: 0 })
  assert.deepEqual(pick(bench.decided[0]!), { producerId: 100, producerEpoch: 32_767 })
  assert.equal(bench.end(last, true, true).errorCode, kafkaErrors.CONCURRENT_TRANSACTIONS)
  bench.writeMarkers()
  assert.deepEqual(bench.end(last, true, true), answer)
  assert.equal(bench.end(last, false, true).errorCode, kafkaErrors.INVALID_TXN_STATE)
  assert.equal(bench.add(answer), 0)
})

test('TransactionCoordinator.initProducerId() takes a new producer id when the epochs are used up', () => {
  const bench = new Bench()
  bench.init()
  bench.coordinator.find('x')!.producerEpoch = LAST_CLIENT_EPOCH
  const last = { producerId: 100, producerEpoch: LAST_CLIENT_EPOCH }
  assert.deepEqual(bench.init(last), { errorCode: 0, producerId: 101, producerEpoch: 0 })
  assert.deepEqual(bench.init(last), { errorCode: 0, producerId: 101, producerEpoch: 0 }, 'the repeated request')
  bench.coordinator.find('x')!.producerEpoch = LAST_CLIENT_EPOCH
  assert.deepEqual(bench.init(), { errorCode: 0, producerId: 102, producerEpoch: 0 })
})

test('TransactionCoordinator aborts what is ongoing for longer than its time-out, at the next scan', async () => {
  const bench = new Bench()
  await bench.world.advance(300)
  const producer = bench.init(NEW_SESSION, 1_500)
  bench.add(producer)
  await bench.world.advance(1_600)
  assert.equal(bench.state, 'ongoing', 'timed out, and not yet looked at')
  await bench.world.advance(200)
  assert.equal(bench.state, 'prepare-abort')
  assert.deepEqual(
    bench.decided.map(({ producerEpoch, isCommit }) => [producerEpoch, isCommit]),
    [[1, false]],
  )
  bench.writeMarkers()
  assert.equal(bench.end(producer, true, false).errorCode, kafkaErrors.PRODUCER_FENCED)
  assert.equal(bench.end(producer, true, true).errorCode, kafkaErrors.INVALID_TXN_STATE)
})

test('TransactionCoordinator.verify() knows what belongs to the ongoing transaction', () => {
  const bench = new Bench()
  const producer = bench.init()
  const request = { transactionalId: 'x', ...pick(producer) }
  assert.equal(bench.coordinator.verify(request, target), kafkaErrors.TRANSACTION_ABORTABLE)
  bench.add(producer)
  assert.equal(bench.coordinator.verify(request, target), kafkaErrors.NONE)
  assert.equal(bench.coordinator.verify(request, { ...target, partition: 1 }), kafkaErrors.TRANSACTION_ABORTABLE)
  assert.equal(bench.coordinator.verify({ ...request, producerEpoch: 9 }, target), kafkaErrors.PRODUCER_FENCED)
  bench.end(producer, true, false)
  assert.equal(bench.coordinator.verify(request, target), kafkaErrors.CONCURRENT_TRANSACTIONS)
  bench.writeMarkers()
  assert.equal(bench.coordinator.verify(request, target), kafkaErrors.TRANSACTION_ABORTABLE)
})

test('TransactionCoordinator.fence() ends the epoch of the present producer', () => {
  const bench = new Bench()
  assert.equal(bench.coordinator.fence('x'), false)
  const producer = bench.bring('ongoing', false)
  assert.equal(bench.coordinator.fence('x'), true)
  assert.equal(bench.coordinator.fence('x'), false, 'its markers are not written yet')
  bench.writeMarkers()
  assert.equal(bench.add(producer), kafkaErrors.PRODUCER_FENCED)
  const idle = new Bench()
  const other = idle.init()
  idle.coordinator.fence('x')
  assert.equal(idle.add(other), kafkaErrors.PRODUCER_FENCED)
})
