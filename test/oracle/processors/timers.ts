import { StreamRecord } from 'millrace'
import { type Item, text } from '../functions.ts'
import { BoomError } from '../options.ts'
import type { Context, FixedProcessorArea, ProcessorArea } from './context.ts'

/** Processors with punctuators. */
export const timerProcessors: ProcessorArea = {
  streamTimer: timed(({ schedule }, tick) => schedule(10, 'stream-time', tick)),
  wallTimer: timed(({ schedule }, tick) => schedule(1000, 'wall-clock', tick)),
  anchoredTimer: timed(({ schedule }, tick) => schedule(10, 'stream-time', tick, { startTime: 25 })),
  cancelledTimer: timed(({ schedule }, tick) => {
    let calls = 0
    const timer = schedule(10, 'stream-time', (time) => {
      tick(time)
      if (++calls === 2) timer.cancel()
    })
  }),
  failingTimer: timed(({ schedule }, tick) => {
    let calls = 0
    schedule(10, 'stream-time', (time) => {
      if (++calls === 2) throw new BoomError()
      tick(time)
    })
  }),
}

/** Of `processValues`. */
export const timerFixedProcessors: FixedProcessorArea = {
  countTimer: ({ schedule, stores, forward }) => {
    schedule(10, 'stream-time', (time) => stores.store.put('timer', text(time)))
    return (record) => forward(record)
  },
}

function timed(start: (context: Context, tick: (time: number) => void) => void): ProcessorArea[string] {
  return (context) => {
    start(context, (time) => context.forward(new StreamRecord<Item, Item>('timer', text(time), time)))
    return (record) => context.forward(record)
  }
}
