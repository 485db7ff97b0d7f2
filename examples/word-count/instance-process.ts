// One instance of the word count as a process of its own. Its argument is a `ProcessTask` as JSON. It tells its parent its states, and
// answers `counts` with what it has counted.
import { Instance } from '../instance.ts'
import type { ProcessTask } from './word-counter.ts'
import { builder, counts } from './topology.ts'

const { name, applicationId, bootstrapServers } = JSON.parse(process.argv[2]!) as ProcessTask
const instance = new Instance(name, { applicationId, builder, bootstrapServers })

instance.onStateChange((state) => void process.send!({ state }))
process.on('message', (question: 'counts' | 'close') => {
  if (question === 'counts') process.send!({ counts: [...instance.store(counts).all()] })
  else void instance.close().then(() => process.disconnect())
})
// Also when the parent is gone: then nobody asks any more.
process.on('disconnect', () => process.exit())
await instance.start()
