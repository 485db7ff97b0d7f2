// One engine with one number of keys, in a process of its own: `node worker.ts '<run as JSON>'`; prints its figures as JSON.
import { type EngineRun, runEngine } from './engine-run.ts'

const figures = await runEngine(JSON.parse(process.argv[2]!) as EngineRun)
process.stdout.write(`${JSON.stringify(figures)}\n`)
process.exit()
