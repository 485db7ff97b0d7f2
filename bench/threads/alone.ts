import { once } from 'node:events'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { frequentWords } from './topology.ts'
import { textOf } from './texts.ts'

/** The texts of a call of `measure`: few, as those of a fetched batch that is in the cache of the processor. */
const TEXTS = 500

/**
 * What the processor of `words` does alone, `calls` times in all, in `count` worker threads without anything of Kafka: calls per second. More
 * than so much faster with more threads nothing can be on this machine.
 */
export async function callsPerSecond(count: number, calls: number): Promise<number> {
  const workers = Array.from(
    { length: count },
    () => new Worker(new URL(import.meta.url), { workerData: { calls: Math.ceil(calls / count) } }),
  )
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const startMs = performance.now()
  const ends = workers.map((worker) => once(worker, 'exit'))
  for (const worker of workers) worker.postMessage('go')
  await Promise.all(ends)
  return (calls / (performance.now() - startMs)) * 1_000
}

function run(calls: number): void {
  const texts = Array.from({ length: TEXTS }, (_, id) => textOf(id))
  for (let call = 0; call < calls; call++) frequentWords(texts[call % TEXTS]!)
}

if (!isMainThread) {
  const { calls } = workerData as { readonly calls: number }
  // What is hot is compiled then.
  run(calls / 4)
  parentPort!.once('message', () => run(calls))
  parentPort!.postMessage('ready')
}
