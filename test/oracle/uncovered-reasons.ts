/** Why no scenario runs a method of the library. The first pattern that matches counts. */
export const uncoveredReasons: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [
    /^KeyValueTimestampedHeaderStoreToKeyValueTimestampStoreAdapter|^WindowedTimestampedHeadersStoreToWindowedTimestampedStoreAdapter|KeyValueToTimestampedKeyValueAdapterIterator|WindowToTimestampedWindowIteratorAdapter/,
    'a wrapper that nothing in the library makes',
  ],
  [
    /putIfDifferentValues|RawAndDeserializedValue|ValueAndTimestampSerializer\.(values|time|extract)|^MemoryLRUCache\.(range|all|reverse|prefix)/,
    'called by nothing in the library',
  ],
  [/^VersionedKeyValueToBytesStoreAdapter/, 'throws: a versioned store has no such method'],
  [/^LogicalKeyValueSegment/, 'a method of a store that a segment of versions has and nobody calls'],
  [
    /^TimeOrderedCachingWindowStore\.(setFlushListener|indexKeyToBaseKey)/,
    'with on-window-close the cache sends nothing on, so nobody listens to it',
  ],
  [
    /^MeteredTimestampedKeyValueStore\.MeteredTimestampedKeyValueStoreIterator|^MeteredWindowedKeyValueWithHeadersIterator|^MeteredTimestampedWindowStoreWithHeaders\.(metered|isUnderlying)|^ValueConverters/,
    'interactive queries',
  ],
  [
    /^(Utils|OrderedBytes|KeyValueIterators|StoreSerdeInitializer|WrappingNullableUtils|Murmur3)\.<init>$/,
    'a class of functions, of which nobody makes an object',
  ],
  [/\.(equals|hashCode|toString)$/, 'for tests and logs of the library'],
  [/^Murmur3/, 'joins by foreign key hash with one of its functions'],
  [
    /RecordConverters|DeserializationHelper|restoreBatch|reconstruct|lambda\$init\$0|recordRestoreTime|restore/i,
    'restores what versions before 2.4 wrote for suppress, or counts the time of a restore',
  ],
  [
    /openExisting|segmentIdFromSegmentName|renameSegmentFile|AbstractSegments|openDB|openSegmentDB|destroy|deleteRange|writeBatch|addToBatch/,
    'about files on disk',
  ],
  [/Facade/, 'a method of the stores that a driver gives by name which no read asks for'],
  [/QueryIterator|lambda\$run|MultiVersionedKeyQuery|LogicalSegmentIterator|snapshot|Snapshot/, 'interactive queries'],
  [
    /ThreadCache\.|NamedCache\.|clearCache|LRUCacheEntry/,
    'the cache of a thread: its size is changed, or its figures are read, while it runs',
  ],
  [/registerMetrics|numEntries|approximateNumEntries|lambda\$new/, 'figures that nobody reads'],
  [
    /\.(configure|close|flush|isOpen|name|persistent|init|commit|managesOffsets|committedOffset|id)$/,
    'life of a store or serde beyond what a driver does',
  ],
  [/PrefixedSessionKeySchemas|PrefixedWindowKeySchemas|WindowKeySchema|SessionKeySchema/, 'for the disk, or not called by the library'],
  [
    /^KStreamImpl|^KTableImpl|^AbstractStream|^KGrouped|^TimeWindowed|^SessionWindowed|^CogroupedKStreamImpl/,
    'an overload that does what another one does, which is run',
  ],
  [
    /putAll|putIfAbsent|delete$|reverseRange|reverseAll|prefixScan|backward|\.(all|range|fetch|fetchAll|get|put|findSessions|fetchSession)$/,
    'a wrapper around a store, of a method that operators do not call on it',
  ],
]

/** The reason of the method `name`, e.g. `Murmur3.hash64`; `null`: nobody has written one. */
export function reasonOf(name: string): string | null {
  return uncoveredReasons.find(([pattern]) => pattern.test(name))?.[1] ?? null
}
