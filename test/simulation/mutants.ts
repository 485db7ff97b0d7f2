/** A bug that is put into the sources: `text` of `file`, which occurs exactly once, becomes `replacement`. */
export interface Mutant {
  readonly name: string
  /** From the root of the repository. */
  readonly file: string
  readonly text: string
  readonly replacement: string
  /** In how many seeds it must be found, where that is more than usual: it takes a rare coincidence. */
  readonly seeds?: number
}

/** Bugs that break exactly-once or restoring, each of which the simulation must find. */
export const mutants: readonly Mutant[] = [
  {
    name: 'offsets-outside-the-transaction',
    file: 'src/client/producer.ts',
    text: 'if (offsets.length > 0) await transaction.addOffsets(offsets, group)',
    replacement: `if (offsets.length > 0) {
        const [{ commitOffsets }, { Coordinator }] = await Promise.all([import('./offsets.ts'), import('./coordinator.ts')])
        await commitOffsets(new Coordinator(this.#client, 'group', group.groupId), () => group, offsets, { timeoutMs: 10_000 })
      }`,
  },
  {
    name: 'overlay-applied-before-end-txn',
    file: 'src/runtime/commit/exactly-once-committer.ts',
    text: 'await producer.commitTransaction(offsets, group())',
    replacement: `await producer.flush()
    applyAll(tasks, true)
    await producer.commitTransaction(offsets, group())`,
  },
  {
    name: 'stored-offset-one-too-high',
    file: 'src/runtime/task/task.ts',
    text: 'if (offset >= 0) offsets.set(store, offset)',
    replacement: 'if (offset >= 0) offsets.set(store, offset + 1)',
  },
  {
    name: 'restore-to-the-last-stable-offset',
    file: 'src/runtime/restore/restorer.ts',
    text: "this.#parts.admin.listOffsets(partitions, 'latest', 'read_uncommitted')",
    replacement: "this.#parts.admin.listOffsets(partitions, 'latest', 'read_committed')",
  },
  {
    name: 'aborted-list-ignored',
    file: 'src/client/fetch/select-batches.ts',
    text: '(options.aborted ?? []).toSorted(',
    replacement: '([] as NonNullable<typeof options.aborted>).toSorted(',
  },
  {
    name: 'no-flush-before-end-txn',
    file: 'src/client/producer.ts',
    text: 'await this.#flushForCommit(transaction)',
    replacement: 'transaction.hasStarted = true',
  },
  {
    name: 'commit-without-group-metadata',
    file: 'src/client/produce/transaction-session.ts',
    text: `      generationId: group.generation,
      memberId: group.memberId,`,
    replacement: `      generationId: -1,
      memberId: '',`,
  },
  {
    name: 'unknown-end-txn-treated-as-abort',
    file: 'src/runtime/thread/stream-thread.ts',
    text: "this.#input.tasks.rollBack(recovery === 'replay')",
    replacement: "this.#input.tasks.rollBack(recovery === 'replay' && !this.#parts.config.exactlyOnce)",
  },
  {
    name: 'revocation-without-commit',
    file: 'src/runtime/thread/stream-thread.ts',
    text: `    try {
      await this.#commit()
    } catch (error) {
      failure = error
    }
    tasks.suspend(ids)`,
    replacement: '    tasks.suspend(ids)',
  },
  {
    name: 'punctuators-commit-without-offsets',
    file: 'src/runtime/task/task.ts',
    text: 'if (moved.length > 0 || !this.#isCommitNeeded) return moved',
    replacement: 'return moved',
    seeds: 1_500,
  },
  {
    name: 'unstable-offsets-are-taken',
    file: 'src/runtime/thread/thread-clients.ts',
    text: 'requireStable: true',
    replacement: 'requireStable: false',
  },
  {
    name: 'source-topic-restored-past-its-committed-offset',
    file: 'src/runtime/restore/restorer.ts',
    text: 'Math.min(chunk.nextOffset, replay.end)',
    replacement: 'chunk.nextOffset',
  },
  {
    name: 'at-least-once-commits-before-it-flushes',
    file: 'src/runtime/commit/at-least-once-committer.ts',
    text: 'await producer.flush()\n    for (const task of tasks) task.applyUnlogged()',
    replacement: 'for (const task of tasks) task.applyUnlogged()',
  },
  {
    name: 'times-of-stores-not-rolled-back',
    file: 'src/state/task-state.ts',
    text: '      store.drop()\n      this.#resetTimes(store)',
    replacement: '      store.drop()',
    seeds: 1_500,
  },
  {
    name: 'waiting-records-not-restored',
    file: 'src/state/kinds/compose-list-store.ts',
    text: 'notedRecords(records, times, false)',
    replacement: 'notedRecords([], times, false)',
  },
  {
    name: 'suppress-writes-only-what-has-left',
    file: 'src/state/buffers/buffer-changelog.ts',
    text: 'const rows = this.#ground.overlay.changes()',
    replacement: 'if (this.#content.recordCount > 0) return\n    const rows = this.#ground.overlay.changes()',
  },
  {
    name: 'subscriptions-not-kept',
    file: 'src/operators/foreign-key/subscription-receive-operator.ts',
    text: 'store.put(key, isDeleted ? null : subscription)',
    replacement: 'if (isDeleted) store.put(key, null)',
  },
  {
    name: 'manifest-has-offsets-of-rows-in-memory',
    file: 'src/state/engines/lsm/lsm-engine.ts',
    text: '      const isFull = this.#liveBytes()',
    replacement: `      const metas = [...this.#stores.values()].toSorted((left, right) => left.id - right.id).flatMap(({ entry }) => (entry === null ? [] : [entry]))
      this.#files.commit(metas, this.#files.version.runs)
      const isFull = this.#liveBytes()`,
  },
  {
    name: 'manifest-without-the-rows-it-is-of',
    file: 'src/state/engines/lsm/lsm-engine.ts',
    text: 'file === null ? runs : joinRun(',
    replacement: 'file === null || runs.length > 0 ? runs : joinRun(',
  },
  {
    name: 'task-goes-on-with-an-engine-that-failed',
    file: 'src/runtime/thread/stream-thread.ts',
    text: "if (error instanceof StoreError && error.code === 'STORE_CORRUPTED') this.#input.tasks.reopen(error)",
    replacement: 'void StoreError',
  },
  {
    name: 'suspended-task-keeps-what-is-not-committed',
    file: 'src/runtime/thread/task-set.ts',
    text: `      slot.task.rollBack()
      slot.moveTo('suspended')`,
    replacement: "      slot.moveTo('suspended')",
  },
  {
    name: 'task-that-comes-back-is-not-caught-up',
    file: 'src/runtime/thread/task-set.ts',
    text: "slot.moveTo(role === 'active' ? 'restoring' : 'following')",
    replacement: "slot.moveTo(role === 'active' ? 'starting' : 'following')",
    seeds: 1_500,
  },
]

/** The source of `mutant.file` with the bug in it. Throws if the text is not there exactly once: the sources have moved on. */
export function mutate(mutant: Mutant, source: string): string {
  const count = source.split(mutant.text).length - 1
  if (count !== 1) {
    throw new Error(`Cannot apply mutant "${mutant.name}": its text occurs ${count} times in ${mutant.file}, exactly once is required`)
  }
  return source.replace(mutant.text, () => mutant.replacement)
}
