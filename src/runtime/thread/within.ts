import type { Scheduler } from '../../base/environment.ts'

/** Whether `work` ended within `ms`; what it does later is its own affair. Rejects with what it rejects with in that time. */
export function within(scheduler: Scheduler, ms: number, work: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = scheduler.after(ms, () => resolve(false))
    work.then(
      () => {
        timer.cancel()
        resolve(true)
      },
      (error: unknown) => {
        timer.cancel()
        reject(error instanceof Error ? error : new Error(String(error)))
      },
    )
  })
}
