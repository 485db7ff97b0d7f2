// A tortured application as a process of its own. Its argument is a `TorturedSettings` as JSON; it prints its states, one a line.
import { loadMutant } from '../simulation/load-mutant.ts'
import { mutants } from '../simulation/mutants.ts'
import type { TorturedSettings } from './tortured-process.ts'

// Whoever has started it holds its input open: it does not survive him.
process.stdin.on('close', () => process.exit(1)).resume()
if ('unref' in process.stdin) process.stdin.unref()

const settings = JSON.parse(process.argv[2]!) as TorturedSettings
// Before anything is loaded that could have the bug.
if (settings.mutant !== null) loadMutant(mutants.find(({ name }) => name === settings.mutant)!)

const { KafkaStreams } = await import('millrace')
const { openJob } = await import('./jobs.ts')

const streams = new KafkaStreams(openJob(settings.job).topology(), {
  applicationId: settings.applicationId,
  bootstrapServers: settings.bootstrapServers,
  processingGuarantee: settings.guarantee,
  stateDir: settings.stateDir,
  commitIntervalMs: 100,
  statestoreCacheMaxBytes: 0,
  producer: { transactionTimeoutMs: 5_000 },
  consumer: { autoOffsetReset: 'earliest' },
})
streams.on('stateChange', (state) => void process.stdout.write(`${state}\n`))
await streams.run()
