/** Why no scenario runs a method of the library. The first pattern that matches counts. */
export const uncoveredReasons: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [
    /^KeyValueTimestampedHeaderStoreToKeyValueTimestampStoreAdapter|^WindowedTimestampedHeadersStoreToWindowedTimestampedStoreAdapter/,
    'joins and aggregations have it in front of their store, and call what they need of it: reading and putting by key',
  ],
  [/KeyValueToTimestampedKeyValueAdapterIterator|WindowToTimestampedWindowIteratorAdapter/, 'a wrapper of an iterator: nobody calls it'],
  [
    /putIfDifferentValues|RawAndDeserializedValue|ValueAndTimestampSerializer\.(values|time|extract)|^MemoryLRUCache\.(range|all|reverse|prefix)/,
    'called by nothing in the library',
  ],
  [/^VersionedKeyValueToBytesStoreAdapter/, 'throws: a versioned store has no such method'],
  [/^LogicalKeyValueSegment/, 'a method of a store that a segment of versions has and nobody calls'],
  [/^ValueConverters|^ReadOnlySessionStoreFacade/, 'interactive queries of a running application, of which a driver has none'],
  [
    /^(Utils|OrderedBytes|KeyValueIterators|StoreSerdeInitializer|WrappingNullableUtils|Murmur3|HeadersSerializer|HeadersDeserializer)\.<init>$/,
    'a class of functions, of which nobody makes an object',
  ],
  [/\.(equals|hashCode|toString)$/, 'for tests and logs of the library'],
  [/^Murmur3/, 'joins by foreign key hash with one of its functions'],
  [/recordRestoreTime/, 'counts the time that threads of an application take to restore, of which a driver has none'],
  [
    /^(KeyValue|Session|Window|Timestamped)Segment\w*\.deleteRange/,
    'deletes a range of RocksDB, which versioned stores ask of their own segments alone',
  ],
  [/Segment\w*\.(id|compareTo)$/, 'orders segments that are asked for by their id: nobody asks'],
  [/emptyWindowStoreIterator/, 'interactive queries of a running application, of which a driver has none'],
  [
    /^(LeftOrRightValue|TimestampedKeyAndJoinSide)\w+\.(de)?serialize$|^MeteredTimestampedKeyValueStoreWithHeaders\.(de)?serializeKey/,
    'throws: those that call it give headers, which is another overload',
  ],
  [
    /^(ValueAndTimestampDeserializer|Changed(Des|S)erializer)\.(de)?serialize$/,
    'without headers: those that call it give them, which is another overload',
  ],
  [/CacheIterator\.peekNextKey/, 'throws: what is around the iterator looks ahead by itself'],
  [/Builder\.withCachingEnabled/, 'does nothing: no buffer is asked to have a cache'],
  [
    /^HeadersSerializer\.serialize|^ValueTimestampHeadersDeserializer\.value|^MemoryLRUCache\.size|^NamedInternal\.with|rightValueSerde|^InternalStreamsBuilder\.(root|build)|KTableKTableJoinMerger\.of|Aggregate\.windows$|isUseVersionedSemantics|^Changed\w+erializer\.inner|serializeBaseKey/,
    'called by nothing in the library but its tests, or another overload of it is',
  ],
  [/^Branched/, 'branches without a name, which all have here'],
  [/^ChangedSerializer\.isUpgrade/, 'a serde that a configuration makes, which operators do not'],
  [/Window\.overlap$/, 'a method of windows for programs, which the library never calls and windows here do not have'],
  [
    /\.(historyRetention|retentionPeriod)$|StoreFactory\.withLoggingDisabled/,
    'asked of stores of another kind - with versions, with windows, global ones - of which this is none',
  ],
  [/^MaterializedInternal\.parse/, 'a configuration that is deprecated, and refused here: default.dsl.store'],
  [
    /^KTableRepartitionMap|^KTableKTableRightJoin|ValueGetter\.isVersioned/,
    'rows that a later operator looks up: none can come after this one, or it looks in a store',
  ],
  [/^SessionHeadersStoreToSessionStoreAdapter/, 'not called: those around it ask with numbers, or do not look ahead'],
  [/QueryIterator|lambda\$run|MultiVersionedKeyQuery|LogicalSegmentIterator|snapshot|Snapshot/, 'interactive queries'],
  [/clearCache|Cache\.clear$/, 'forgets the cache of a task that becomes a standby, of which a driver has none'],
  [/^ThreadCache\.resize/, 'the cache of a thread when threads are added or removed, of which a driver has none'],
  [/^(ThreadCache|NamedCache)\.(hits|misses|overwrites|flushes|puts|gets|evicts)$/, 'figures that the log shows where it shows everything'],
  [/^(ThreadCache|NamedCache)\./, 'called by nothing in the library but its tests'],
  [/registerMetrics|numEntries|approximateNumEntries/, 'figures that nobody reads'],
  [/lambda\$new/, 'a query that the store does not know how to answer'],
  [
    /\.(configure|close|flush|isOpen|name|persistent|init|commit|managesOffsets|committedOffset|id)$/,
    'life of a store or serde beyond what a driver does',
  ],
  [
    /^PrefixedSessionKeySchemas\.TimeFirstSessionKeySchema\.(upperRange|lowerRange|hasNext|segments|lambda)/,
    'finds the sessions of keys without an index, which every store that the library makes has',
  ],
  [/(Session|Window)KeySchemas?\./, 'a form of a key in bytes that nothing in the library asks for'],
  [
    /peekNext$|\.(fetch|backwardFetch|findSessions|backwardFindSessions|fetchAll|backwardFetchAll|fetchSession)$/,
    'not called: those around it ask with numbers, or do not look ahead',
  ],
  [
    /^KStreamImpl|^KTableImpl|^AbstractStream|^KGrouped|^(Time|Session|Sliding)Windowed\w+Impl|^CogroupedKStreamImpl/,
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
