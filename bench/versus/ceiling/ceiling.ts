import { fileURLToPath } from 'node:url'
import { childReport } from '../child-report.ts'
import { type DataSet, load } from '../data/data-set.ts'
import type { Ground } from '../ground.ts'
import type { VersusScale } from '../versus-scale.ts'

/** What records of an input cost at least, in CPU seconds per million of them: no application of ours can do it for less. */
export interface Ceiling {
  /** To fetch them, checksums included. */
  readonly fetch: number
  /** To walk over them and to write each into a new batch. */
  readonly codec: number
  /** To write each into a new batch and to send these. */
  readonly produce: number
}

const RECORDS_MAX = 3_000_000
const probe = fileURLToPath(new URL('./ceiling-probe.ts', import.meta.url))

/** Measures it with records of a data set. */
export async function ceilingOf(ground: Ground, data: DataSet, scale: VersusScale): Promise<Ceiling> {
  const loaded = await load(ground, data, scale)
  const output = `versus-ceiling-${data.topic}`
  await ground.createTopic(output)
  try {
    return await childReport<Ceiling>(probe, {
      port: ground.node.port,
      input: data.topic,
      output,
      records: Math.min(RECORDS_MAX, loaded.records),
    })
  } finally {
    await ground.deleteTopics(output)
  }
}

/** It as text. */
export function ceilingText({ fetch, codec, produce }: Ceiling): string {
  return `fetch alone ${fetch.toPrecision(3)}, codec alone ${codec.toPrecision(3)}, produce alone ${produce.toPrecision(3)} CPU s per million records`
}
