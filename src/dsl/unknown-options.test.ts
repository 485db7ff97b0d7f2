import assert from 'node:assert/strict'
import { test } from 'node:test'
import { joinWindows } from '../model/join-windows.ts'
import { sessionWindows } from '../model/session-windows.ts'
import { slidingWindows } from '../model/sliding-windows.ts'
import { timeWindows, unlimitedWindows } from '../model/time-windows.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { untilTimeLimit, untilWindowCloses } from './options/suppressed.ts'
import { StreamsBuilder } from './streams-builder.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- what plain JavaScript can write
type Any = any

const text = { key: serdes.string, value: serdes.string }
const words = topic('words', text)
const f = (): Any => null
const typo = { nmae: 'x' }
const within = joinWindows({ timeDifference: 5, grace: 5 })
const windows = timeWindows({ size: 10, grace: 5 })
const sessions = sessionWindows({ inactivityGap: 10, grace: 5 })

/** Every call that takes options, with one that it does not know. */
function calls(): Readonly<Record<string, () => unknown>> {
  const builder: Any = new StreamsBuilder()
  const stream: Any = builder.stream(words)
  const other: Any = builder.stream('others', text)
  const table: Any = builder.table('rows', text)
  const right: Any = builder.table('more', text)
  const global: Any = builder.globalTable('facts', text)
  const grouped: Any = stream.groupByKey()
  const byValue: Any = table.groupBy(f, text)
  const cogrouped: Any = grouped.cogroup(f, { value: serdes.string })
  return {
    'stream()': () => builder.stream('x', typo),
    'table()': () => builder.table('x', typo),
    'globalTable()': () => builder.globalTable('x', typo),
    'addGlobalStore()': () => builder.addGlobalStore(words, f, typo),
    'filter()': () => stream.filter(f, typo),
    'filterNot()': () => stream.filterNot(f, typo),
    'map()': () => stream.map(f, typo),
    'mapValues()': () => stream.mapValues(f, typo),
    'flatMap()': () => stream.flatMap(f, typo),
    'flatMapValues()': () => stream.flatMapValues(f, typo),
    'selectKey()': () => stream.selectKey(f, typo),
    'peek()': () => stream.peek(f, typo),
    'foreach()': () => stream.foreach(f, typo),
    'print()': () => stream.print(typo),
    'split()': () => stream.split({ a: f }, typo),
    'merge()': () => stream.merge(other, typo),
    'repartition()': () => stream.repartition(typo),
    'to()': () => stream.to('out', typo),
    'toTable()': () => stream.toTable(typo),
    'groupByKey()': () => stream.groupByKey(typo),
    'groupBy()': () => stream.groupBy(f, typo),
    'process()': () => stream.process(f, typo),
    'processValues()': () => stream.processValues(f, typo),
    'join() of streams': () => stream.join(other, f, within, typo),
    'leftJoin() of streams': () => stream.leftJoin(other, f, within, typo),
    'outerJoin() of streams': () => stream.outerJoin(other, f, within, typo),
    'join() with a table': () => stream.join(table, f, typo),
    'leftJoin() with a global table': () => stream.leftJoin(global, f, f, typo),
    'filter() of a table': () => table.filter(f, typo),
    'filterNot() of a table': () => table.filterNot(f, typo),
    'mapValues() of a table': () => table.mapValues(f, typo),
    'transformValues()': () => table.transformValues(f, typo),
    'toStream()': () => table.toStream(typo),
    'toStream() with a mapper': () => table.toStream(f, typo),
    'groupBy() of a table': () => table.groupBy(f, typo),
    'join() of tables': () => table.join(right, f, typo),
    'leftJoin() by foreign key': () => table.leftJoin(right, f, f, typo),
    'outerJoin() of tables': () => table.outerJoin(right, f, typo),
    'count()': () => grouped.count(typo),
    'reduce()': () => grouped.reduce(f, typo),
    'aggregate()': () => grouped.aggregate(f, f, typo),
    'cogroup()': () => grouped.cogroup(f, typo),
    'count() of a table': () => byValue.count(typo),
    'reduce() of a table': () => byValue.reduce(f, f, typo),
    'aggregate() of a table': () => byValue.aggregate(f, f, f, typo),
    'count() of windows': () => grouped.windowedBy(windows).count(typo),
    'reduce() of windows': () => grouped.windowedBy(windows).reduce(f, typo),
    'aggregate() of windows': () => grouped.windowedBy(windows).aggregate(f, f, typo),
    'count() of sessions': () => grouped.windowedBy(sessions).count(typo),
    'reduce() of sessions': () => grouped.windowedBy(sessions).reduce(f, typo),
    'aggregate() of sessions': () => grouped.windowedBy(sessions).aggregate(f, f, f, typo),
    'aggregate() of a cogroup': () => cogrouped.aggregate(f, typo),
    'aggregate() of a cogroup in windows': () => cogrouped.windowedBy(windows).aggregate(f, typo),
    'aggregate() of a cogroup in sessions': () => cogrouped.windowedBy(sessions).aggregate(f, f, typo),
    'untilWindowCloses()': () => untilWindowCloses(typo as Any),
    'untilTimeLimit()': () => untilTimeLimit(5, typo as Any),
    'timeWindows()': () => timeWindows({ size: 10, grace: 5, ...typo }),
    'unlimitedWindows()': () => unlimitedWindows(typo as Any),
    'slidingWindows()': () => slidingWindows({ timeDifference: 10, grace: 5, ...typo }),
    'sessionWindows()': () => sessionWindows({ inactivityGap: 10, grace: 5, ...typo }),
    'joinWindows()': () => joinWindows({ timeDifference: 10, grace: 5, ...typo }),
  }
}

for (const [name, call] of Object.entries(calls())) {
  test(`${name} refuses an option that it does not know`, () => {
    const expected = `Cannot call ${name.replace(/\).*/, ')')}: the option "nmae" is unknown, known `
    assert.throws(call, (error) => error instanceof TypeError && error.message.startsWith(expected))
  })
}

test('a retention is an option of windows alone, a stream and its tables share the others', () => {
  const grouped: Any = new StreamsBuilder().stream(words).groupByKey()
  assert.throws(() => grouped.count({ store: 's', retention: 5 }), /"retention" is unknown/)
  grouped.windowedBy(windows).count({ store: 's', retention: 50 })
})
