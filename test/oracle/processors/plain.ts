import { StreamRecord } from 'millrace'
import { text } from '../functions.ts'
import { BoomError } from '../options.ts'
import { fixed, type FixedProcessorArea, place, plain, type ProcessorArea } from './context.ts'

/** Processors without stores and timers. */
export const plainProcessors: ProcessorArea = {
  forward: plain(({ forward }, record) => forward(record)),
  drop: plain(() => undefined),
  twice: plain(({ forward }, record) => {
    forward(record.withValue(`${text(record.value)}1`))
    forward(record.withValue(`${text(record.value)}2`).withTimestamp(record.timestamp + 1))
  }),
  header: plain(({ forward }, record) => {
    record.headers.add('p', text(record.value))
    forward(record)
  }),
  freshHeaders: plain(({ forward }, { key, value, timestamp }) => forward(new StreamRecord(key, value, timestamp))),
  time: plain((context, record) => context.forward(record.withValue(`${context.streamTime}/${context.systemTime}`))),
  place: plain((context, record) => context.forward(record.withValue(place(context)))),
  failOnX: plain(({ forward }, record) => {
    forward(record.withValue(`${text(record.value)}!`))
    if (record.value === 'x') throw new BoomError()
  }),
  commit: plain(({ commit, forward }, record) => {
    commit()
    forward(record)
  }),
}

/** Of `processValues`. */
export const plainFixedProcessors: FixedProcessorArea = {
  forward: fixed(({ forward }, record) => forward(record)),
  drop: fixed(() => undefined),
  twice: fixed(({ forward }, record) => {
    forward(record.withValue(`${text(record.value)}1`))
    forward(record.withValue(`${text(record.value)}2`).withTimestamp(record.timestamp + 1))
  }),
  header: fixed(({ forward }, record) => {
    record.headers.add('p', text(record.value))
    forward(record)
  }),
  time: fixed((context, record) => context.forward(record.withValue(`${context.streamTime}/${context.systemTime}`))),
  place: fixed((context, record) => context.forward(record.withValue(place(context)))),
  failOnX: fixed(({ forward }, record) => {
    forward(record.withValue(`${text(record.value)}!`))
    if (record.value === 'x') throw new BoomError()
  }),
}
