import assert from 'node:assert/strict'
import test from 'node:test'
import { isMillraceError } from '../base/errors.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import type { ErrorContext } from '../model/exception-handlers.ts'
import { StreamRecord } from '../model/stream-record.ts'
import type { ProcessorFactory } from '../processor/node-context.ts'
import { type RecordHeaders, recordHeaders } from '../record/record-headers.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { keyValueStore } from '../state/store-spec.ts'
import { TopologyBuilder } from '../topology/topology-builder.ts'
import { Topology } from '../topology/topology.ts'
import { testDriver } from './test-driver.ts'

const words = topic('words', { key: serdes.string, value: serdes.string })
const out = topic('out', { key: serdes.string, value: serdes.string })
const counts = topic('counts', { key: serdes.string, value: serdes.int64 })
const bytes = topic('words')

function texts(headers: RecordHeaders): Record<string, string | null> {
  return Object.fromEntries([...headers].map(({ key, value }) => [key, value === null ? null : Buffer.from(value).toString()]))
}

function code(expected: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(isMillraceError(error), String(error))
    assert.equal(error.code, expected)
    return true
  }
}

function upperCase(): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder
    .stream(words)
    .mapValues((value) => value.toUpperCase())
    .to(out)
  return builder
}

test('testDriver runs a word count with its repartition topic, store and changelog', () => {
  const builder = new StreamsBuilder()
  const table = builder
    .stream(words)
    .flatMapValues((line) => line.split(' '), { value: serdes.string })
    .groupBy((_key, word) => word, { key: serdes.string })
    .count({ store: 'word-counts' })
  table.toStream().to(counts)
  using driver = testDriver(builder, { applicationId: 'app' })
  driver.input(words).pipe('line', 'to be or not to be', 1000)
  assert.deepEqual(driver.output(counts).readKeyValues(), [
    ['to', 1],
    ['be', 1],
    ['or', 1],
    ['not', 1],
    ['to', 2],
    ['be', 2],
  ])
  assert.equal(driver.store(table).get('be'), 2)
  assert.deepEqual(driver.producedTopicNames(), ['app-word-counts-repartition', 'app-word-counts-changelog', 'counts'])
  assert.equal(driver.output(topic('app-word-counts-changelog', { key: serdes.string })).size, 6)
})

test('testDriver commits after each record, so that caches hold nothing back, and is the same without caches', () => {
  const run = (statestoreCacheMaxBytes: number): unknown => {
    const builder = new StreamsBuilder()
    builder
      .table(words, { store: 'latest' })
      .toStream()
      .to('out', { key: serdes.string, value: serdes.nullable(serdes.string) })
    using driver = testDriver(builder, { statestoreCacheMaxBytes })
    driver.input(words).pipeAll([
      ['a', 'x', 1],
      ['a', 'y', 2],
      ['a', null, 3],
    ])
    return driver
      .output(out)
      .readRecords()
      .map(({ key, value, timestamp }) => [key, value, timestamp])
  }
  const expected = [
    ['a', 'x', 1],
    ['a', 'y', 2],
    ['a', null, 3],
  ]
  assert.deepEqual(run(0), expected)
  assert.deepEqual(run(10_000_000), expected)
})

test('TestInputTopic gives records its current time, which advances by autoAdvance and by hand', () => {
  using driver = testDriver(upperCase(), { wallClock: 5_000 })
  const input = driver.input(words, { start: 100, autoAdvance: '1s' })
  input.pipe('a', 'x')
  input.pipe('a', 'x')
  input.advanceTime(7)
  input.pipe('a', 'x')
  input.pipe('a', 'x', new Date(42))
  input.pipe('a', 'x', { timestamp: 43 })
  driver.input(words).pipe('a', 'x')
  const times = driver
    .output(out)
    .readRecords()
    .map(({ timestamp }) => timestamp)
  assert.deepEqual(times, [100, 1_100, 2_107, 42, 43, 5_000])
})

test('TestInputTopic writes headers, and refuses undefined and other partitions than 0', () => {
  using driver = testDriver(upperCase())
  const input = driver.input(words)
  input.pipe('a', 'x', { headers: { trace: '7', tenant: 'blue' } })
  assert.deepEqual(texts(driver.output(out).readRecord().headers), { trace: '7', tenant: 'blue' })
  assert.throws(() => input.pipe('a', undefined as unknown as string), TypeError)
  assert.throws(() => input.pipe('a', 'x', { partition: 1 }), RangeError)
})

test('TestOutputTopic takes records out in order, shares them, and throws when none is left', () => {
  using driver = testDriver(upperCase())
  const output = driver.output(out)
  driver.input(words).pipeAll([
    ['a', 'x'],
    ['b', 'y'],
    ['a', 'z'],
    ['b', 'w'],
  ])
  assert.equal(output.size, 4)
  assert.deepEqual(output.readKeyValue(), ['a', 'X'])
  assert.equal(driver.output(out).readValue(), 'Y')
  const [next] = output
  assert.equal(next?.value, 'Z')
  assert.equal(output.size, 1)
  assert.deepEqual(output.readTable(), new Map([['b', 'W']]))
  assert.throws(() => output.readRecord(), /none is left/)
})

test('testDriver refuses topics and stores that the topology does not have, and all use after it is closed', () => {
  const driver = testDriver(upperCase())
  assert.throws(() => driver.input(counts).pipe('a', 1), code('INPUT_UNKNOWN'))
  assert.throws(() => driver.store(keyValueStore('none', { key: serdes.string, value: serdes.string })), code('STORE_UNKNOWN'))
  const input = driver.input(words)
  driver[Symbol.dispose]()
  driver[Symbol.dispose]()
  assert.throws(() => input.pipe('a', 'x'), code('DRIVER_CLOSED'))
})

test('testDriver pipes what is written to a topic that the topology reads back into it', () => {
  const builder = new StreamsBuilder()
  const middle = topic('middle', { key: serdes.string, value: serdes.string })
  builder
    .stream(words)
    .mapValues((value) => `${value}1`)
    .to(middle)
  builder
    .stream(middle)
    .mapValues((value) => `${value}2`)
    .to(out)
  using driver = testDriver(builder)
  driver.input(words).pipe('a', 'x')
  assert.deepEqual(driver.output(out).readKeyValues(), [['a', 'x12']])
  assert.deepEqual(driver.output(middle).readKeyValues(), [['a', 'x1']])
})

test('testDriver reads topics that match the pattern of a source', () => {
  const builder = new StreamsBuilder()
  builder.stream(/log-.+/, { key: serdes.string, value: serdes.string }).to(out)
  using driver = testDriver(builder)
  driver.input(topic('log-a', { key: serdes.string, value: serdes.string })).pipe('a', '1')
  driver.input(topic('log-b', { key: serdes.string, value: serdes.string })).pipe('b', '2')
  assert.deepEqual(driver.output(out).readValues(), ['1', '2'])
  assert.throws(() => driver.input(words).pipe('a', 'x'), code('INPUT_UNKNOWN'))
})

test('testDriver moves the wall clock only when told, and punctuates then', () => {
  const topology = new Topology()
  const source = topology.addSource('source', words)
  const totals = keyValueStore('totals', { key: serdes.string, value: serdes.int32 })
  const processor = topology.addProcessor(
    'totals',
    ({ stores, forward, schedule }) => {
      schedule('10s', 'wall-clock', (now) => {
        for (const [key, total] of stores.totals.all()) forward(new StreamRecord(key, String(total), now))
      })
      return (record) => stores.totals.put(record.key, (stores.totals.get(record.key) ?? 0) + record.value.length)
    },
    { parents: [source], stores: { totals }, key: serdes.string, value: serdes.string },
  )
  topology.addSink('sink', out, { parents: [processor] })
  using driver = testDriver(topology, { wallClock: 0 })
  driver.input(words).pipeAll([
    ['a', 'xx'],
    ['b', 'y'],
    ['a', 'z'],
  ])
  driver.advanceWallClockTime('9s')
  assert.equal(driver.output(out).size, 0)
  driver.advanceWallClockTime('31s')
  const records = driver
    .output(out)
    .readRecords()
    .map(({ key, value, timestamp }) => [key, value, timestamp])
  assert.deepEqual(records, [
    ['a', '3', 40_000],
    ['b', '1', 40_000],
  ])
  driver.store(totals).put('c', 5)
  driver.advanceWallClockTime('10s')
  assert.equal(driver.output(out).size, 3)
})

test('testDriver keeps records waiting for an empty input until the wall clock has passed max.task.idle.ms', () => {
  const other = topic('other', { key: serdes.string, value: serdes.string })
  const builder = new StreamsBuilder()
  builder.stream([words, other]).to(out)
  using driver = testDriver(builder, { maxTaskIdleMs: 1_000 })
  driver.input(words).pipe('a', 'x', 10)
  assert.equal(driver.output(out).size, 0)
  driver.input(other).pipe('b', 'y', 5)
  // Both inputs had a record: the one of `other` was older, and then `words` is alone again.
  assert.deepEqual(driver.output(out).readValues(), ['y'])
  driver.advanceWallClockTime('1s')
  assert.deepEqual(driver.output(out).readValues(), ['x'])
})

test('testDriver waits for inputs that share a bucket of a Java map in the order of the map of topics', () => {
  // Issue 4. The internal topic of the counts shares one with "also" and comes first: when the clock moves, "also" is waited for in turn.
  const also = topic('also', { key: serdes.string, value: serdes.string })
  const builder = new StreamsBuilder()
  const repartitioned = 'app-store0-repartition'
  builder
    .stream([words, also])
    .groupBy((_key, value) => value, { key: serdes.string })
    .count({ store: 'store0' })
  using driver = testDriver(builder, { applicationId: 'app', maxTaskIdleMs: 5 })
  driver.input(words).pipe('a', 'x', 8)
  driver.advanceWallClockTime(1_000)
  assert.equal(driver.output(topic(repartitioned)).size, 0)
  driver.input(also).pipe('b', 'y', 11)
  assert.equal(driver.output(topic(repartitioned)).size, 1)
})

test('user streams fail on absent keys and values unless told otherwise', () => {
  const pipeNothing = (absent: 'fail' | 'drop' | undefined, key: string | null, value: string | null): number => {
    const builder = new StreamsBuilder()
    builder.stream(words, { absent }).to(out)
    using driver = testDriver(builder)
    driver.input(words).pipe(key as string, value)
    return driver.output(out).size
  }
  assert.throws(
    () => pipeNothing(undefined, 'a', null),
    (error: Error) => code('DESERIALIZATION_FAILED')(error) && code('VALUE_ABSENT')(error.cause),
  )
  assert.throws(
    () => pipeNothing('fail', null, 'x'),
    (error: Error) => code('DESERIALIZATION_FAILED')(error) && code('KEY_ABSENT')(error.cause),
  )
  assert.equal(pipeNothing('drop', null, 'x'), 0)
  assert.equal(pipeNothing('drop', 'a', null), 0)

  const nullable = topic('words', { key: serdes.nullable(serdes.string), value: serdes.nullable(serdes.string) })
  const builder = new StreamsBuilder()
  builder.stream(nullable).to('out', { key: serdes.nullable(serdes.string), value: serdes.nullable(serdes.string) })
  using driver = testDriver(builder)
  driver.input(nullable).pipe(null, null)
  assert.deepEqual(driver.output(out).readKeyValues(), [[null, null]])
})

test('a deserializer that gives null for bytes that are there fails', () => {
  const builder = new StreamsBuilder()
  const broken = serdes.of({ serialize: (text: string) => Buffer.from(text), deserialize: () => null as unknown as string })
  builder.stream('words', { key: serdes.string, value: broken }).to(out)
  using driver = testDriver(builder)
  assert.throws(
    () => driver.input(words).pipe('a', 'x'),
    (error: Error) => code('VALUE_ABSENT')(error.cause),
  )
})

test('the deserialization handler skips records, and is told of source, offset and bytes', () => {
  const seen: (ErrorContext & { readonly cause: string })[] = []
  const builder = new StreamsBuilder()
  builder.stream('words', { key: serdes.string, value: serdes.int32 }).to('out')
  using driver = testDriver(builder, {
    deserializationExceptionHandler: (context, error) => {
      seen.push({ ...context, cause: error.message })
      return 'skip'
    },
  })
  const input = driver.input(bytes)
  input.pipe(Buffer.from('a'), Buffer.from([0, 0, 0, 1]), 1)
  input.pipe(Buffer.from('b'), Buffer.from([9]), { timestamp: 7, headers: { trace: '1' } })
  input.pipe(Buffer.from('c'), Buffer.from([0, 0, 0, 2]), 3)
  assert.equal(driver.output(topic('out')).size, 2)
  const [context] = seen
  assert.equal(seen.length, 1)
  assert.deepEqual(
    [context!.topic, context!.partition, context!.offset, context!.timestamp, context!.processor, context!.taskId, context!.origin],
    ['words', 0, 1, 7, 'KSTREAM-SOURCE-0000000000', '0_0', 'value'],
  )
  assert.deepEqual([...context!.rawKey!], [98])
  assert.deepEqual([...context!.rawValue!], [9])
  assert.deepEqual(texts(context!.headers), { trace: '1' })
})

test('the processing handler skips a record from the failing node on: siblings and parents go on', () => {
  const seen: string[] = []
  const builder = new StreamsBuilder()
  const stream = builder.stream(words)
  stream.mapValues((value) => `1${value}`).to(out)
  stream
    .mapValues((value) => {
      if (value === 'bad') throw new TypeError('no good')
      return `2${value}`
    })
    .to(out)
  stream.mapValues((value) => `3${value}`).to(out)
  using driver = testDriver(builder, {
    processingExceptionHandler: (context, error) => {
      seen.push(`${context.processor} ${context.topic} ${context.offset} ${error.message} ${String(Buffer.from(context.rawValue!))}`)
      return 'skip'
    },
  })
  driver.input(words).pipeAll([
    ['a', 'good'],
    ['b', 'bad'],
  ])
  assert.deepEqual(driver.output(out).readValues(), ['1good', '2good', '3good', '1bad', '3bad'])
  assert.deepEqual(seen, ['KSTREAM-MAPVALUES-0000000003 words 1 no good bad'])
})

test('an exception is settled once, at the innermost processor', () => {
  let asked = 0
  const builder = new StreamsBuilder()
  builder
    .stream(words)
    .peek(() => {})
    .filter(() => true)
    .foreach(() => {
      throw new Error('innermost')
    })
  using driver = testDriver(builder, {
    processingExceptionHandler: () => {
      asked++
      return 'fail'
    },
  })
  assert.throws(() => driver.input(words).pipe('a', 'x'), code('PROCESSING_FAILED'))
  assert.equal(asked, 1)
})

test('a handler that throws or gives no answer ends the task', () => {
  const run = (handler: () => 'skip'): void => {
    const builder = new StreamsBuilder()
    builder.stream(words).foreach(() => {
      throw new Error('first')
    })
    using driver = testDriver(builder, { processingExceptionHandler: handler })
    driver.input(words).pipe('a', 'x')
  }
  const thrower = (): never => {
    throw new Error('handler')
  }
  assert.throws(() => run(thrower), code('HANDLER_FAILED'))
  assert.throws(() => run(() => 'ignore' as 'skip'), code('HANDLER_FAILED'))
  assert.throws(() => run(() => 'dead-letter' as 'skip'), code('HANDLER_FAILED'))
})

test('dead letters of what a cache flushed have the bytes of the source record', () => {
  const builder = new StreamsBuilder()
  builder
    .table(topic('rows', { key: serdes.string, value: serdes.string }), { store: 'kept' })
    .toStream()
    .peek(() => {
      throw new Error('boom')
    })
  const config = { processingExceptionHandler: 'skip', errorsDeadLetterQueueTopicName: 'dead' } as const
  using driver = testDriver(builder, config)
  driver.input(topic('rows', { key: serdes.string, value: serdes.string })).pipe('k', 'v', 7)
  assert.deepEqual(driver.output(topic('dead', { key: serdes.string, value: serdes.string })).readKeyValues(), [['k', 'v']])
})

test('metrics() counts what the task dropped', () => {
  const builder = new StreamsBuilder()
  const rows = topic('rows', { key: serdes.nullable(serdes.string), value: serdes.string })
  builder.stream(rows).groupByKey().count()
  using driver = testDriver(builder)
  driver.input(rows).pipe(null, 'v')
  assert.equal(driver.metrics().find(({ name }) => name === 'dropped-records-total')?.value, 1)
})

test('dead letters have the source bytes, the original headers and the headers of Java', () => {
  const dead = topic('dead', { key: serdes.string, value: serdes.string })
  for (const answer of ['skip', 'fail', 'dead-letter'] as const) {
    const builder = new StreamsBuilder()
    builder
      .stream(words)
      .mapValues((value) => value.length)
      .foreach(() => {
        throw new RangeError('too long')
      })
    using driver = testDriver(builder, { processingExceptionHandler: answer, errorsDeadLetterQueueTopicName: 'dead' })
    const pipe = (): void => driver.input(words).pipe('a', 'x', { timestamp: 9, headers: { trace: '1' } })
    if (answer === 'fail') assert.throws(pipe, code('PROCESSING_FAILED'))
    else pipe()
    if (answer === 'fail') driver.advanceWallClockTime(0)
    const letter = driver.output(dead).readRecord()
    assert.deepEqual([letter.key, letter.value, letter.timestamp], ['a', 'x', 9])
    const headers = texts(letter.headers)
    assert.match(headers['__streams.errors.stacktrace']!, /^RangeError: too long\n/)
    delete headers['__streams.errors.stacktrace']
    assert.deepEqual(headers, {
      trace: '1',
      '__streams.errors.exception': 'RangeError',
      '__streams.errors.message': 'too long',
      '__streams.errors.topic': 'words',
      '__streams.errors.partition': '0',
      '__streams.errors.offset': '0',
    })
  }
})

test('the production handler decides about values that cannot be written', () => {
  const seen: string[] = []
  const builder = new StreamsBuilder()
  builder.stream(words).to('out', { key: serdes.string, value: serdes.int32 as unknown as typeof serdes.string })
  using driver = testDriver(builder, {
    productionExceptionHandler: (context) => {
      seen.push(`${context.processor} ${context.origin} ${context.topic}@${context.offset}`)
      return 'skip'
    },
  })
  driver.input(words).pipe('a', 'x')
  assert.equal(driver.output(out).size, 0)
  assert.deepEqual(seen, ['KSTREAM-SINK-0000000001 value words@0'])

  using failing = testDriver(builder)
  assert.throws(
    () => failing.input(words).pipe('a', 'x'),
    (error: Error) => code('PRODUCTION_FAILED')(error) && code('VALUE_INVALID')(error.cause),
  )
})

test('a punctuator that throws is asked about without a record', () => {
  const seen: unknown[] = []
  const builder = new StreamsBuilder()
  builder.stream(words).process(({ schedule }) => {
    schedule('1s', 'wall-clock', () => {
      throw new Error('in punctuator')
    })
    return () => {}
  })
  using driver = testDriver(builder, {
    processingExceptionHandler: ({ topic: name, partition, offset, processor, rawKey }) => {
      seen.push([name, partition, offset, processor, rawKey])
      return 'skip'
    },
  })
  driver.advanceWallClockTime('1s')
  assert.deepEqual(seen, [[null, -1, -1, 'KSTREAM-PROCESSOR-0000000001', null]])
})

test('a processor may only use its context while it runs', async () => {
  let late: (() => void) | null = null
  const builder = new StreamsBuilder()
  builder.stream(words).process(({ forward }) => (record) => {
    late = () => forward(record)
  })
  using driver = testDriver(builder)
  driver.input(words).pipe('a', 'x')
  await Promise.resolve()
  assert.throws(() => late!(), code('PROCESSOR_INACTIVE'))
})

test('processors in plain JavaScript are refused what does not compile', () => {
  const failure = (supplier: unknown): unknown => {
    const builder = new StreamsBuilder()
    builder.stream(words).process(supplier as () => () => void)
    try {
      using driver = testDriver(builder)
      driver.input(words).pipe('a', 'x')
    } catch (error) {
      return isMillraceError(error) && isMillraceError(error.cause) ? error.cause.code : isMillraceError(error) ? error.code : error
    }
    return null
  }
  assert.equal(
    failure(() => 7),
    'PROCESSOR_INVALID',
  )
  assert.equal(
    failure(async () => () => {}),
    'PROCESSOR_INVALID',
  )
  assert.equal(
    failure(() => async () => {}),
    'PROMISE_RETURNED',
  )
  const caused = (run: (context: { forward: (record: unknown) => void }) => () => void): string => {
    const builder = new StreamsBuilder()
    builder.stream(words).process(run as never)
    using driver = testDriver(builder)
    try {
      driver.input(words).pipe('a', 'x')
    } catch (error) {
      return String((error as Error).cause)
    }
    return 'nothing'
  }
  assert.match(
    caused(
      ({ forward }) =>
        () =>
          forward({ key: 'a', value: 'b' }),
    ),
    /it is no StreamRecord/,
  )
  assert.match(
    caused(
      ({ forward }) =>
        () =>
          forward(new StreamRecord('a', undefined, 1)),
    ),
    /the value is undefined/,
  )
})

test('a processor forwards to one child by name, and to no other', () => {
  const topology = new Topology()
  const source = topology.addSource('source', words)
  const router = topology.addProcessor(
    'router',
    ({ forward }) =>
      (record) =>
        forward(record, record.value),
    {
      parents: [source],
      key: serdes.string,
      value: serdes.string,
    },
  )
  topology.addSink('one', out, { parents: [router] })
  topology.addSink('two', 'other', { parents: [router], key: serdes.string, value: serdes.string })
  using driver = testDriver(topology)
  driver.input(words).pipe('a', 'two')
  driver.input(words).pipe('b', 'one')
  assert.deepEqual(driver.output(out).readKeyValues(), [['b', 'one']])
  assert.equal(driver.output(topic('other')).size, 1)
  assert.throws(
    () => driver.input(words).pipe('a', 'three'),
    (error: Error) => code('CHILD_UNKNOWN')(error.cause),
  )
})

test('children share the record with its headers, and a copy has headers of its own', () => {
  const builder = new StreamsBuilder()
  const stream = builder.stream(words)
  stream
    .process(
      ({ forward }) =>
        (record) => {
          record.headers.add('seen', 'yes')
          forward(record.withHeaders(recordHeaders([['own', '1']])))
        },
      { key: serdes.string, value: serdes.string },
    )
    .to('copies', { key: serdes.string, value: serdes.string })
  stream.to(out)
  using driver = testDriver(builder)
  driver.input(words).pipe('a', 'x')
  assert.deepEqual(texts(driver.output(topic('copies')).readRecord().headers), { own: '1' })
  assert.deepEqual(texts(driver.output(out).readRecord().headers), { seen: 'yes' })
})

test('a sink chooses the topic of each record', () => {
  const builder = new StreamsBuilder()
  builder.stream(words).to((key, _value, record) => `${record.topic}-${key}`, { key: serdes.string, value: serdes.string })
  using driver = testDriver(builder)
  driver.input(words).pipeAll([
    ['a', 'x'],
    ['b', 'y'],
    ['a', 'z'],
  ])
  assert.deepEqual(driver.output(topic('words-a', { value: serdes.string })).readValues(), ['x', 'z'])
  assert.deepEqual(driver.producedTopicNames(), ['words-a', 'words-b'])

  const broken = new StreamsBuilder()
  broken.stream(words).to(() => '', { key: serdes.string, value: serdes.string })
  using failing = testDriver(broken)
  assert.throws(
    () => failing.input(words).pipe('a', 'x'),
    (error: Error) => code('TOPIC_CHOICE')(error.cause),
  )
})

test('a partitioner drops, leaves the choice or is refused', () => {
  const builder = new StreamsBuilder()
  builder.stream(words).to(out, { partitioner: (key) => (key === 'drop' ? [] : key === 'same' ? null : key === 'zero' ? 0 : 9) })
  using driver = testDriver(builder)
  driver.input(words).pipeAll([
    ['drop', '1'],
    ['same', '2'],
    ['zero', '3'],
  ])
  assert.deepEqual(driver.output(out).readValues(), ['2', '3'])
  assert.throws(
    () => driver.input(words).pipe('nine', 'x'),
    (error: Error) => code('PARTITION_CHOICE')(error.cause),
  )
  for (const choice of [undefined, '0', Promise.resolve(0)]) {
    const wrong = new StreamsBuilder()
    wrong.stream(words).to(out, { partitioner: (() => choice) as never })
    using refusing = testDriver(wrong)
    assert.throws(
      () => refusing.input(words).pipe('k', 'x'),
      (error: Error) => code('PARTITION_CHOICE')(error.cause),
    )
  }
})

test('a predicate that returns a promise is refused, whatever it filters', () => {
  const promising = (() => Promise.resolve(false)) as never
  for (const filtered of [
    (builder: StreamsBuilder) => builder.stream(words).filter(promising),
    (builder: StreamsBuilder) => builder.stream(words).filterNot(promising),
    (builder: StreamsBuilder) => builder.stream(words).split({ first: promising }),
    (builder: StreamsBuilder) => builder.table(words).filter(promising),
    (builder: StreamsBuilder) => builder.table(words).filterNot(promising),
  ]) {
    const builder = new StreamsBuilder()
    filtered(builder)
    using driver = testDriver(builder)
    assert.throws(
      () => driver.input(words).pipe('k', 'x'),
      (error: Error) => code('PROMISE_RETURNED')(error.cause),
    )
  }
})

test('timestamp extractors give the time, skip negative ones and must return a number', () => {
  const run = (extractor: (value: string, partitionTime: number) => number): number[] => {
    const builder = new StreamsBuilder()
    builder.stream(words, { timestampExtractor: ({ value }, partitionTime) => extractor(value, partitionTime) }).to(out)
    using driver = testDriver(builder)
    driver.input(words).pipeAll([
      ['a', '5', 1],
      ['a', '-1', 2],
      ['a', '7', 3],
    ])
    return driver
      .output(out)
      .readRecords()
      .map(({ timestamp }) => timestamp)
  }
  assert.deepEqual(run(Number), [5, 7])
  assert.deepEqual(
    run((_value, partitionTime) => partitionTime + 10),
    [9, 19, 29],
  )
  assert.throws(() => run(() => Number.NaN), code('EXTRACTOR_FAILED'))
  assert.throws(() => run(() => 1.5), code('EXTRACTOR_FAILED'))
})

test('an error does not keep the driver from going on with the next record', () => {
  const builder = new StreamsBuilder()
  builder
    .stream(words)
    .mapValues((value) => {
      if (value === 'bad') throw new Error('bad')
      return value
    })
    .to(out)
  using driver = testDriver(builder)
  assert.throws(() => driver.input(words).pipe('a', 'bad'), code('PROCESSING_FAILED'))
  driver.input(words).pipe('a', 'good')
  assert.deepEqual(driver.output(out).readValues(), ['good'])
})

test('a node gets the stores that are connected to it, and no others', () => {
  const builder = new TopologyBuilder()
  const node = { site: null, key: null, value: null, timestampExtractor: null, offsetReset: null, pattern: null, absent: null }
  builder.addSource({ ...node, name: 'source', topics: [{ name: 'words', internal: false }] })
  const factory: ProcessorFactory = (context) => {
    context.store('elsewhere')
    return { process: () => {} }
  }
  builder.addProcessor({ name: 'processor', site: null, parents: ['source'], factory })
  assert.throws(() => testDriver(Topology.of(builder)), code('STORE_NOT_CONNECTED'))
})

test('testDriver refuses what a repartition topic of a table never has: records without a value', () => {
  const builder = new StreamsBuilder()
  builder
    .table(words)
    .groupBy((_key, word) => [word, word], { name: 'by-word', key: words.key, value: words.value })
    .count()
  using driver = testDriver(builder, { applicationId: 'app' })
  const nothing = topic('app-by-word-repartition', { key: serdes.string, value: serdes.nullable(serdes.string) })
  assert.throws(
    () => driver.input(nothing).pipe('word', null),
    (error: Error) => code('DESERIALIZATION_FAILED')(error) && code('VALUE_ABSENT')(error.cause),
  )
})

test('testDriver refuses versions to upgrade from that Java does not know', () => {
  const builder = new StreamsBuilder()
  builder.stream(words).to(out)
  testDriver(builder, { upgradeFrom: '4.2' })[Symbol.dispose]()
  for (const wrong of ['4.3', '4', '3.10', 'none', ''])
    assert.throws(() => testDriver(builder, { upgradeFrom: wrong as never }), code('CONFIG_INVALID'), wrong)
})

test('testDriver() reads a cached store after a record was skipped for its timestamp', () => {
  const rows = topic('rows', { key: serdes.string, value: serdes.string })
  const builder = new StreamsBuilder()
  const table = builder.table(rows, { store: 'rows' })
  using driver = testDriver(builder, {
    // Room for none of them: each read takes its row in anew.
    statestoreCacheMaxBytes: 1,
    defaultTimestampExtractor: ({ value, timestamp }) => (value === 'skip' ? -1 : timestamp),
  })
  driver.input(rows).pipeAll([
    ['a', 'one', 1],
    ['b', 'two', 2],
    ['c', 'three', 3],
    ['d', 'skip', 4],
  ])
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((key) => driver.store(table).get(key)),
    ['one', 'two', 'three', null],
  )
})
