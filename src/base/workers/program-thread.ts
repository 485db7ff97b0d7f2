// The main module of the thread that `startProgram` starts.
import { workerData } from 'node:worker_threads'
import { portChannel, type ProgramOrder } from './real-program.ts'
import type { Program } from './workers.ts'

const { module, name, data, port } = workerData as ProgramOrder
const functions = (await import(module)) as Readonly<Record<string, Program<unknown>['run']>>
await functions[name]!(portChannel(port), data)
