import { BufferChangelog } from '../buffers/buffer-changelog.ts'
import { BufferContent } from '../buffers/buffer-content.ts'
import { ChangeBuffer } from '../buffers/change-buffer.ts'
import { restoredRows } from '../buffers/restored-rows.ts'
import { RowCodec } from '../row-codec.ts'
import { WindowTimes } from '../windows/window-times.ts'
import type { ComposedStore, StoreGround } from './composed-store.ts'

/** The kind `change-buffer`: what `suppress` holds back. Its changelog is written at the commit, with the keys that were touched since the last one. */
export function composeChangeBuffer(ground: StoreGround): ComposedStore {
  const { definition, overlay, options } = ground
  const times = new WindowTimes()
  const codec = new RowCodec<unknown, unknown>(definition, options.applicationId, options.recordContext)
  const content = new BufferContent(overlay)
  const changelog = new BufferChangelog(ground, content)
  const typed = new ChangeBuffer({ name: definition.name, content, codec, times, changed: () => changelog.touch() })
  return {
    typed,
    view: typed,
    stampedView: null,
    cached: null,
    times,
    restored: (records) => {
      content.recount()
      return restoredRows(ground, records, times)
    },
    reset: () => {
      content.recount()
      changelog.reset()
    },
    writeChangelog: () => changelog.write(),
  }
}
