import type { Scene } from '../../src/client/contract-scene.test.ts'
import { RecordCursor } from '../../src/record/record-cursor.ts'

/** What a read_committed reader sees of each word, in order: the counts (int64) by key of all partitions of a topic. */
export async function committedCounts(scene: Scene, topic: string, partitions: number): Promise<Map<string, number[]>> {
  const counts = new Map<string, number[]>()
  const { fetcher } = scene.fetcher()
  const cursor = new RecordCursor()
  for (let partition = 0; partition < partitions; partition++) {
    const at = { topic, partition }
    const end = (await scene.admin.listOffsets([at], 'latest', 'read_committed')).get(at.topic, partition)!
    fetcher.add(at, 0)
    while (fetcher.position(at) < end) {
      await fetcher.whenReady()
      for (const chunk of fetcher.poll()) {
        for (const batch of chunk.batches) {
          cursor.open(batch)
          while (cursor.next()) {
            const word = cursor.key()!.toString()
            counts.set(word, [...(counts.get(word) ?? []), Number(cursor.value()!.readBigInt64BE())])
          }
        }
        chunk.release()
      }
    }
    fetcher.remove(at)
  }
  await fetcher.close()
  return counts
}
