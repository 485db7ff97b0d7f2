// The main module of the thread that `createRealWorkers` starts.
import { type MessagePort, workerData } from 'node:worker_threads'
import { createRealDisk } from '../disk/real-disk.ts'
import { createLifeline } from '../lifeline.ts'
import { type WorkAnswer, type WorkOrder, WorkState } from './real-workers.ts'
import type { WorkFunction } from './workers.ts'

interface Piece {
  readonly id: number
  readonly state: Int32Array
  readonly steps: Generator<void, unknown, void>
}

const port = workerData as MessagePort
const disk = createRealDisk(createLifeline())
const pieces: Piece[] = []
let isTurning = false

port.on('message', (order: WorkOrder) => void begin(order))

async function begin({ id, module, name, input, state }: WorkOrder): Promise<void> {
  const shared = new Int32Array(state)
  try {
    const functions = (await import(module)) as Readonly<Record<string, WorkFunction<unknown, unknown>>>
    pieces.push({ id, state: shared, steps: functions[name]!(input, disk) })
  } catch (error) {
    finish(shared, failure(id, error))
    return
  }
  if (!isTurning) turn()
}

/** One step of the piece whose turn it is, then orders that have come meanwhile. */
function turn(): void {
  const piece = pieces.shift()
  isTurning = piece !== undefined
  if (piece === undefined) return
  const { id, state, steps } = piece
  try {
    const isCancelled = Atomics.load(state, 0) === WorkState.cancelled
    const step = isCancelled ? steps.return(undefined) : steps.next()
    Atomics.add(state, 1, 1)
    if (step.done === true) finish(state, { id, output: step.value })
    else pieces.push(piece)
  } catch (error) {
    finish(state, failure(id, error))
  }
  setImmediate(turn)
}

function finish(state: Int32Array, answer: WorkAnswer): void {
  port.postMessage(answer)
  Atomics.store(state, 0, WorkState.done)
  Atomics.notify(state, 0)
}

function failure(id: number, error: unknown): WorkAnswer {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
  return { id, error: { message: error instanceof Error ? error.message : String(error), code } }
}
