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
  anchoredWallTimer: timed(({ schedule }, tick) => schedule(1000, 'wall-clock', tick, { startTime: 1_704_067_201_500 })),
  pastWallTimer: timed(({ schedule }, tick) => schedule(1000, 'wall-clock', tick, { startTime: 300 })),
  failingWallTimer: timed(({ schedule }, tick) => {
    let calls = 0
    schedule(1000, 'wall-clock', (time) => {
      if (++calls === 2) throw new BoomError()
      tick(time)
    })
  }),
  pastStreamTimer: timed(({ schedule }, tick) => schedule(10, 'stream-time', tick, { startTime: 0 })),
  emptyTimer: timed(({ schedule }, tick) => schedule(0, 'stream-time', tick)),
  nestedTimer: timed(({ schedule }, tick) => {
    const outer = schedule(20, 'stream-time', (time) => {
      outer.cancel()
      schedule(5, 'stream-time', tick)
      schedule(2000, 'wall-clock', tick)
      tick(time)
    })
  }),
  threeTimers: timed(({ schedule }, tick) => {
    schedule(15, 'stream-time', (time) => tick(time + 3))
    schedule(5, 'stream-time', (time) => tick(time + 1))
    schedule(15, 'stream-time', (time) => tick(time + 2))
  }),
  recordTimer: (context) => (record) => {
    context.schedule(10, 'stream-time', (time) => context.forward(record.withTimestamp(time)))
    context.forward(record)
  },
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
