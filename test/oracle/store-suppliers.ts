import type { DslStoreSuppliers } from 'millrace'

/** Suppliers by name, for the configuration and for single operators. java/StoreSuppliers.java is the twin. */
export const storeSuppliers: Readonly<Record<string, DslStoreSuppliers>> = {
  /** In memory, and longer than asked for; with room for two rows where the name says so. */
  Roomy: {
    keyValueStore: ({ name }) => (name.includes('room') ? { lru: 2 } : 'in-memory'),
    windowStore: ({ retentionMs }) => ({ supplier: 'in-memory', retention: 2 * retentionMs + 10 }),
    sessionStore: ({ retentionMs }) => ({ supplier: 'in-memory', retention: 2 * retentionMs + 10 }),
  },
  /** On disk, without timestamps; sessions with headers. */
  Plain: {
    keyValueStore: () => ({ supplier: 'persistent', format: 'plain' }),
    windowStore: () => ({ supplier: 'persistent', format: 'plain', order: 'key' }),
    sessionStore: () => ({ supplier: 'persistent', format: 'headers' }),
  },
  /** By what it is asked for. */
  Choosing: {
    keyValueStore: ({ name, format }) => (name.endsWith('m') ? 'in-memory' : { supplier: 'persistent', format }),
    windowStore: (asked) => {
      if (asked.emitStrategy === 'on-window-close')
        return { supplier: 'persistent', order: asked.isSlidingWindow ? 'indexed-time' : 'time' }
      return asked.windowSizeMs > 10 ? { supplier: 'persistent', format: asked.format, order: 'key' } : 'in-memory'
    },
    sessionStore: ({ format, name }) =>
      name.endsWith('m') ? 'in-memory' : { supplier: 'persistent', format: format === 'headers' ? 'headers' : 'plain' },
  },
}
