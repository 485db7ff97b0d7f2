// The part of the client contract that is about transactions. Run by contract.ts.
import assert from 'node:assert/strict'
import { isMillraceError } from '../base/errors.ts'
import { append, codeOf, numbered, outsider, type Scene, type ContractCase } from './contract-scene.test.ts'
import { fetchOffsets } from './offsets.ts'
import type { OffsetToCommit } from './offset-to-commit.ts'
import type { Producer } from './producer.ts'

export function transactionCases(check: ContractCase): void {
  visibilityCases(check)
  abortedListCases(check)
  offsetCases(check)
  lostAnswerCases(check)
  fencingCases(check)
  failureCases(check)
}

const nobody = outsider('no-group')

function position(topic: string, offset: number): OffsetToCommit {
  return { topic, partition: 0, offset, leaderEpoch: -1, metadata: 'm' }
}

/** What the group has committed for partition 0; -1: nothing. */
async function committed(scene: Scene, group: string, topic: string): Promise<number> {
  const coordinator = scene.groupCoordinator(group)
  const options = { requireStable: true, timeoutMs: 60_000 }
  const found = await fetchOffsets(coordinator, () => outsider(group), [{ topic, partition: 0 }], options)
  coordinator.close()
  return found.get(topic, 0)?.offset ?? -1
}

async function commit(producer: Producer): Promise<void> {
  await producer.commitTransaction([], nobody)
}

function visibilityCases(check: ContractCase): void {
  check('Producer.commitTransaction() makes records of several partitions visible at once', { differs: 'transactions' }, async (scene) => {
    const topic = await scene.topic({ partitions: 3 })
    const producer = await scene.transactional(scene.unique('txn'))
    for (const partition of [0, 1, 2]) append(producer, topic, ['a', 'b'], partition)
    assert.equal(producer.hasTransaction, true)
    await producer.flush()
    assert.deepEqual(await scene.values(topic, 0), [])
    assert.deepEqual(await scene.values(topic, 0, { isolation: 'read_uncommitted' }), ['a', 'b'])
    await commit(producer)
    assert.equal(producer.hasTransaction, false)
    await scene.settled(topic)
    for (const partition of [0, 1, 2]) assert.deepEqual(await scene.values(topic, partition), ['a', 'b'])
    await producer.close()
  })

  check('Producer.abortTransaction() hides what was written and drops what was not', { differs: 'transactions' }, async (scene) => {
    const topic = await scene.topic()
    const producer = await scene.transactional(scene.unique('txn'), { lingerMs: 1_000 })
    append(producer, topic, ['written'])
    await producer.flush()
    append(producer, topic, ['unsent'])
    await producer.abortTransaction()
    assert.equal(producer.bufferedBytes, 0)
    append(producer, topic, ['kept'])
    await commit(producer)
    await scene.settled(topic)
    assert.deepEqual(await scene.values(topic), ['kept'])
    const all = await scene.values(topic, 0, { isolation: 'read_uncommitted' })
    assert.deepEqual(all, ['written', 'kept'])
  })

  check('Producer runs many transactions, some aborted, over several brokers', { differs: 'transactions' }, async (scene) => {
    const topic = await scene.topic({ partitions: 4 })
    const producer = await scene.transactional(scene.unique('txn'), { lingerMs: 0, batchBytesMax: 300 })
    const expected: string[] = []
    for (let round = 0; round < 20; round++) {
      const values = numbered(`r${round}`, 1 + (round % 7))
      for (let partition = 0; partition < 4; partition++) append(producer, topic, values, partition)
      // Of those that are aborted some are written, some under way and some not sent.
      if (round % 9 === 5) await producer.flush()
      else if (round % 9 === 8) await scene.sleep(2)
      if (round % 3 === 2) await producer.abortTransaction()
      else {
        await commit(producer)
        expected.push(...values)
      }
    }
    await scene.settled(topic)
    for (let partition = 0; partition < 4; partition++) assert.deepEqual(await scene.values(topic, partition), expected)
  })

  check('Producer with nothing to commit asks for nothing', { differs: 'transactions' }, async (scene) => {
    const producer = await scene.transactional(scene.unique('txn'))
    await commit(producer)
    await producer.abortTransaction()
    assert.equal(producer.hasTransaction, false)
    await producer.initTransactions()
    await commit(producer)
  })
}

function abortedListCases(check: ContractCase): void {
  check('Fetcher sorts out several aborted transactions of several producers in one answer', { differs: 'transactions' }, async (scene) => {
    const topic = await scene.topic()
    const producers = await Promise.all([0, 1].map(() => scene.transactional(scene.unique('txn'), { lingerMs: 0 })))
    const expected: string[] = []
    for (let round = 0; round < 6; round++) {
      for (const [index, producer] of producers.entries()) append(producer, topic, [`${index}/${round}/a`])
      await Promise.all(producers.map((producer) => producer.flush()))
      for (const [index, producer] of producers.entries()) append(producer, topic, [`${index}/${round}/b`])
      await Promise.all(producers.map((producer) => producer.flush()))
      for (const [index, producer] of producers.entries()) {
        // Producer 0 aborts two of three, producer 1 every second.
        const isAborted = index === 0 ? round % 3 !== 0 : round % 2 === 0
        if (isAborted) await producer.abortTransaction()
        else {
          await commit(producer)
          expected.push(`${index}/${round}/a`, `${index}/${round}/b`)
        }
      }
    }
    await scene.settled(topic)
    const seen = await scene.values(topic)
    assert.deepEqual(new Set(seen), new Set(expected))
    assert.equal(seen.length, expected.length)
    for (const index of [0, 1]) {
      const own = (value: string | null): boolean => value?.startsWith(`${index}/`) === true
      assert.deepEqual(seen.filter(own), expected.filter(own))
    }
  })

  check('Fetcher drops aborted records although their marker is in a later answer', { differs: 'transactions' }, async (scene) => {
    const topic = await scene.topic()
    const producer = await scene.transactional(scene.unique('txn'), { lingerMs: 0, batchBytesMax: 200 })
    append(producer, topic, numbered('aborted', 30))
    await producer.flush()
    await producer.abortTransaction()
    append(producer, topic, numbered('kept', 30))
    await commit(producer)
    await scene.settled(topic)
    assert.deepEqual(await scene.values(topic, 0, { partitionMaxBytes: 250, fetchMaxBytes: 250 }), numbered('kept', 30))
  })
}

function offsetCases(check: ContractCase): void {
  check(
    'Producer.commitTransaction() commits positions with records, without records, and none when aborted',
    { differs: 'transactions' },
    async (scene) => {
      const topic = await scene.topic()
      const group = scene.unique('group')
      const producer = await scene.transactional(scene.unique('txn'))
      append(producer, topic, ['a'])
      await producer.commitTransaction([position(topic, 1)], outsider(group))
      assert.equal(await committed(scene, group, topic), 1)
      await producer.commitTransaction([position(topic, 2)], outsider(group))
      assert.equal(await committed(scene, group, topic), 2)
      append(producer, topic, ['b'])
      await producer.abortTransaction()
      assert.equal(await committed(scene, group, topic), 2)
      await scene.settled(topic)
      assert.deepEqual(await scene.values(topic), ['a'])
    },
  )

  check(
    'fetchOffsets() waits for a pending transaction when it must be stable',
    { needs: ['slow markers'], differs: 'transactions' },
    async (scene) => {
      const topic = await scene.topic()
      const group = scene.unique('group')
      const producer = await scene.transactional(scene.unique('txn'))
      await producer.commitTransaction([position(topic, 1)], outsider(group))
      assert.equal(await committed(scene, group, topic), 1)
      scene.faults.slowMarkers(2_000)
      await producer.commitTransaction([position(topic, 2)], outsider(group))
      const options = { requireStable: true, timeoutMs: 500 }
      const coordinator = scene.groupCoordinator(group)
      const impatient = fetchOffsets(coordinator, () => outsider(group), [{ topic, partition: 0 }], options)
      assert.equal(await codeOf(impatient), 'BROKER_NOT_READY')
      assert.equal(await committed(scene, group, topic), 2)
    },
  )

  check(
    'Producer goes on when its coordinators and leaders move',
    { needs: ['coordinator moves', 'leader moves'], differs: 'transactions' },
    async (scene) => {
      const topic = await scene.topic()
      const group = scene.unique('group')
      const id = scene.unique('txn')
      const producer = await scene.transactional(id)
      const expected: string[] = []
      for (let round = 0; round < 12; round++) {
        append(producer, topic, [`${round}`])
        expected.push(`${round}`)
        if (round % 4 === 0) scene.faults.moveCoordinator('transaction', id)
        if (round % 4 === 1) scene.faults.moveCoordinator('group', group)
        if (round % 4 === 2) scene.faults.moveLeader(topic, 0)
        await producer.commitTransaction([position(topic, round)], outsider(group))
      }
      assert.equal(await committed(scene, group, topic), 11)
      await scene.settled(topic)
      assert.deepEqual(await scene.values(topic), expected)
    },
  )
}

function lostAnswerCases(check: ContractCase): void {
  const apis = ['AddPartitionsToTxn', 'Produce', 'AddOffsetsToTxn', 'TxnOffsetCommit', 'EndTxn', 'InitProducerId'] as const
  for (const api of apis) {
    for (const when of ['before', 'after'] as const) {
      check(`Producer commits once when ${api} is cut ${when} its effect`, { needs: ['cuts'], differs: 'transactions' }, async (scene) => {
        const topic = await scene.topic()
        const group = scene.unique('group')
        const producer = await scene.transactional(scene.unique('txn'))
        for (let round = 0; round < 3; round++) {
          scene.cut({ api, when })
          append(producer, topic, [`${round}`])
          await producer.commitTransaction([position(topic, round)], outsider(group))
          append(producer, topic, ['aborted'])
          await producer.flush()
          await producer.abortTransaction()
          scene.cut({ api, when })
          await producer.initTransactions()
        }
        assert.equal(await committed(scene, group, topic), 2)
        await scene.settled(topic)
        assert.deepEqual(await scene.values(topic), ['0', '1', '2'])
      })
    }
  }

  for (const when of ['before', 'after'] as const) {
    check(
      `Producer.commitTransaction() without an answer, cut ${when} the effect, is COMMIT_OUTCOME_UNKNOWN and can be found out`,
      { needs: ['cuts'], differs: 'transactions' },
      async (scene) => {
        const topic = await scene.topic()
        const group = scene.unique('group')
        const producer = await scene.transactional(scene.unique('txn'), { maxBlockMs: 3_000 })
        append(producer, topic, ['a'])
        scene.cut({ api: 'EndTxn', when, times: 1_000 })
        assert.equal(await codeOf(producer.commitTransaction([position(topic, 1)], outsider(group))), 'COMMIT_OUTCOME_UNKNOWN')
        assert.throws(() => append(producer, topic, ['b']), codeIs('COMMIT_OUTCOME_UNKNOWN'))
        await producer.initTransactions()
        const wasCommitted = (await committed(scene, group, topic)) === 1
        assert.equal(wasCommitted, when === 'after')
        await scene.settled(topic)
        assert.deepEqual(await scene.values(topic), wasCommitted ? ['a'] : [])
      },
    )
  }
}

function fencingCases(check: ContractCase): void {
  check('Producer is fenced by a later one with the same id, and may begin anew', { differs: 'transactions' }, async (scene) => {
    const topic = await scene.topic()
    const group = scene.unique('group')
    const id = scene.unique('txn')
    const zombie = await scene.transactional(id)
    append(zombie, topic, ['zombie'])
    await zombie.flush()
    const heir = await scene.transactional(id)
    assert.equal(await codeOf(zombie.commitTransaction([position(topic, 9)], outsider(group))), 'PRODUCER_FENCED')
    assert.throws(() => append(zombie, topic, ['late']), codeIs('PRODUCER_FENCED'))
    append(heir, topic, ['heir'])
    await heir.commitTransaction([position(topic, 1)], outsider(group))
    assert.equal(await committed(scene, group, topic), 1)
    await zombie.initTransactions()
    append(zombie, topic, ['risen'])
    await commit(zombie)
    append(heir, topic, ['fenced'])
    assert.notEqual(await codeOf(commit(heir)), 'resolved')
    await scene.settled(topic)
    assert.deepEqual(await scene.values(topic), ['heir', 'risen'])
  })

  check(
    'Producer.commitTransaction() of somebody who is no member is TASK_MIGRATED, and nothing of it is visible',
    { differs: 'transactions' },
    async (scene) => {
      const topic = await scene.topic()
      const group = scene.unique('group')
      const producer = await scene.transactional(scene.unique('txn'))
      append(producer, topic, ['ghost'])
      const ghost = { groupId: group, memberId: 'ghost', generation: 5, instanceId: null }
      assert.equal(await codeOf(producer.commitTransaction([position(topic, 1)], ghost)), 'TASK_MIGRATED')
      assert.throws(() => append(producer, topic, ['more']), codeIs('TASK_MIGRATED'))
      await producer.abortTransaction()
      append(producer, topic, ['kept'])
      await commit(producer)
      assert.equal(await committed(scene, group, topic), -1)
      await scene.settled(topic)
      assert.deepEqual(await scene.values(topic), ['kept'])
    },
  )

  check('Producer whose transaction has timed out cannot commit it', { differs: 'transactions' }, async (scene) => {
    const topic = await scene.topic()
    const producer = await scene.transactional(scene.unique('txn'), { transactionTimeoutMs: 1_000 })
    append(producer, topic, ['slow'])
    await producer.flush()
    await scene.sleep(15_000)
    append(producer, topic, ['late'])
    assert.notEqual(await codeOf(commit(producer)), 'resolved')
    await producer.initTransactions()
    append(producer, topic, ['next'])
    await commit(producer)
    await scene.settled(topic)
    assert.deepEqual(await scene.values(topic), ['next'])
  })
}

function failureCases(check: ContractCase): void {
  check('Producer aborts a transaction whose batch has failed, and goes on', { differs: 'transactions' }, async (scene) => {
    const plain = await scene.topic()
    const compacted = await scene.topic({ configs: { 'cleanup.policy': 'compact' } })
    let failures = 0
    const producer = await scene.transactional(scene.unique('txn'), {
      onFailedBatch: () => {
        failures++
        return 'skip'
      },
    })
    for (let round = 0; round < 3; round++) {
      append(producer, plain, ['lost'])
      append(producer, compacted, [{ value: 'no key' }])
      assert.equal(await codeOf(commit(producer)), 'TRANSACTION_ABORTABLE')
      assert.equal(await codeOf(producer.flush()), 'TRANSACTION_ABORTABLE')
      assert.throws(() => append(producer, plain, ['more']), codeIs('TRANSACTION_ABORTABLE'))
      await producer.abortTransaction()
      append(producer, plain, [`kept-${round}`])
      append(producer, compacted, [`kept-${round}`])
      await commit(producer)
    }
    assert.equal(failures, 3)
    for (const topic of [plain, compacted]) {
      await scene.settled(topic)
      assert.deepEqual(await scene.values(topic), ['kept-0', 'kept-1', 'kept-2'])
    }
  })

  check('Producer.abortTransaction() waits for what is in flight', { needs: ['cuts'], differs: 'transactions' }, async (scene) => {
    const topic = await scene.topic()
    const producer = await scene.transactional(scene.unique('txn'), { lingerMs: 0, batchBytesMax: 200 })
    for (let round = 0; round < 5; round++) {
      append(producer, topic, numbered('aborted', 40))
      if (round % 2 === 0) scene.cut({ api: 'Produce', when: 'after', skip: round })
      await scene.sleep(round)
      await producer.abortTransaction()
      append(producer, topic, [`kept-${round}`])
      await commit(producer)
    }
    await scene.settled(topic)
    assert.deepEqual(await scene.values(topic), numbered('kept', 5))
  })
}

function codeIs(code: string): (error: unknown) => boolean {
  return (error) => isMillraceError(error) && error.code === code
}
