import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import type { Channel } from './channel.ts'
import { moduleBeside } from './module-beside.ts'
import type { Program, ProgramThread } from './workers.ts'

/** What the thread of a program is started with. */
export interface ProgramOrder {
  readonly module: string
  readonly name: string
  readonly data: unknown
  readonly port: MessagePort
}

/** Starts a thread for a program; `onEnd` is called when it has ended, before whoever listens to that. */
export function startProgram<D>(program: Program<D>, data: D, onEnd: () => void): ProgramThread {
  const { port1, port2 } = new MessageChannel()
  const order: ProgramOrder = { module: program.module, name: program.run.name, data, port: port2 }
  const worker = new Worker(new URL(moduleBeside(import.meta.url, 'program-thread')), { workerData: order, transferList: [port2] })
  let failure: Error | null = null
  const thread: ProgramThread = {
    channel: portChannel(port1),
    onEnd: null,
    kill: () => void worker.terminate(),
  }
  // An error is followed by the end.
  worker.on('error', (error: unknown) => (failure = error instanceof Error ? error : new Error(String(error))))
  worker.on('exit', () => {
    // Its last words may not have been heard yet.
    for (let last = receiveMessageOnPort(port1); last !== undefined; last = receiveMessageOnPort(port1)) {
      thread.channel.onMessage?.(last.message as never)
    }
    port1.close()
    onEnd()
    thread.onEnd?.(failure)
  })
  return thread
}

/** A port as a channel. It does not keep its thread alive unless somebody listens. */
export function portChannel(port: MessagePort): Channel {
  let listener: ((message: never) => void) | null = null
  const take = (message: unknown): void => listener?.(message as never)
  return {
    post: (message) => port.postMessage(message),
    get onMessage() {
      return listener
    },
    set onMessage(given) {
      if (listener === null && given !== null) port.on('message', take)
      if (listener !== null && given === null) port.off('message', take)
      listener = given
    },
    close: () => port.close(),
  }
}
