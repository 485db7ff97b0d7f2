/** What is known of an error code. `meaning` and `remedy` are sentences; the reference page is generated from them. */
export interface ErrorCodeInfo {
  readonly family: 'TopologyError' | 'ConfigError' | 'SerdeError' | 'StoreError' | 'ClusterError' | 'TaskError' | 'QueryError'
  readonly retriable: boolean
  readonly meaning: string
  readonly remedy: string
}

/** Every error code, once. Sorted by family, then by name; a tidy test checks that each is thrown somewhere. */
export const errorCodes = {
  // ClusterError
  ASSIGNMENT_FAILED: {
    family: 'ClusterError',
    retriable: false,
    meaning: 'The leader of a classic group could not assign the tasks of the application; another instance was the leader.',
    remedy: 'See the log of the instance that leads the group: the first of its errors says what to do.',
  },
  AUTHENTICATION_FAILED: {
    family: 'ClusterError',
    retriable: false,
    meaning:
      'A broker did not accept the user, password or token or the SASL mechanism, or has not shown that it knows the password itself.',
    remedy: 'Correct `sasl`, or the users of the cluster; the message says what the broker answered.',
  },
  BROKER_NOT_READY: {
    family: 'ClusterError',
    retriable: true,
    meaning:
      'The cluster answered with an error that passes (a leader or coordinator moves, loads or is not there), and went on until the time was up.',
    remedy: 'Check the brokers; the error has the last code in kafkaCode.',
  },
  CANNOT_LISTEN: {
    family: 'ClusterError',
    retriable: false,
    meaning: 'An embedded cluster cannot listen where it was told to.',
    remedy: 'Choose another port, or 0 for any free one, and a host name of this machine.',
  },
  CLIENT_CLOSED: {
    family: 'ClusterError',
    retriable: false,
    meaning: 'The client was closed while something was asked of it.',
    remedy: 'Nothing, when the application is closing; otherwise do not use what belongs to a closed application.',
  },
  COMMIT_OUTCOME_UNKNOWN: {
    family: 'ClusterError',
    retriable: true,
    meaning: 'The end of a transaction was asked for and no answer came: it may or may not be committed.',
    remedy: 'Nothing; the thread initialises its producer again and reads what was committed.',
  },
  CORRUPT_BATCH: {
    family: 'ClusterError',
    retriable: false,
    meaning: 'A record batch is cut off, has a wrong checksum, an unsupported format or impossible lengths.',
    remedy: 'Check the topic with the tools of the broker; the error names topic, partition and offset.',
  },
  DELIVERY_TIMEOUT: {
    family: 'ClusterError',
    retriable: true,
    meaning: 'Records were not acknowledged within the delivery time-out.',
    remedy: 'Check the brokers, or raise `producer.deliveryTimeoutMs`.',
  },
  LOG_TRUNCATED: {
    family: 'ClusterError',
    retriable: false,
    meaning: 'The log of a partition was cut below the position of its reader: an unclean leader election lost records.',
    remedy: 'Check the brokers; the reader continues as the reset policy says.',
  },
  MALFORMED_MESSAGE: {
    family: 'ClusterError',
    retriable: false,
    meaning: 'A message of the Kafka protocol cannot be read: it is cut off, or a length, tag or value in it is impossible.',
    remedy: 'Check that the other side speaks the Kafka protocol on this port and that nothing between changes the bytes.',
  },
  NOT_AUTHORIZED: {
    family: 'ClusterError',
    retriable: false,
    meaning: 'The cluster does not let this user do what was asked.',
    remedy: 'Grant the operation on the topic, group or transactional id that the error names.',
  },
  NOT_SENT: {
    family: 'ClusterError',
    retriable: true,
    meaning: 'The connection ended before the request left: it had no effect.',
    remedy: 'Nothing; the client connects again and sends it again.',
  },
  OFFSET_OUT_OF_RANGE: {
    family: 'ClusterError',
    retriable: false,
    meaning: 'The position of a reader is not in the log of the partition.',
    remedy: 'The reader continues as the reset policy says; without one, seek.',
  },
  OUTCOME_UNKNOWN: {
    family: 'ClusterError',
    retriable: true,
    meaning: 'The connection ended or the time ran out after the request left: it may or may not have had an effect.',
    remedy: 'Nothing; the client finds out or repeats what is safe to repeat.',
  },
  PRODUCER_FENCED: {
    family: 'ClusterError',
    retriable: false,
    meaning: 'Another producer with the same transactional id has taken over.',
    remedy: 'Nothing; the thread closes its tasks, makes a new producer and joins the group again.',
  },
  RECORD_TOO_LARGE: {
    family: 'ClusterError',
    retriable: false,
    meaning: 'A record is larger than a request or a batch may be.',
    remedy: 'Raise `producer.maxRequestSize` and the max.message.bytes of the topic, or write smaller records.',
  },
  REQUEST_REFUSED: {
    family: 'ClusterError',
    retriable: false,
    meaning: 'The cluster answered with an error that trying again does not change.',
    remedy: 'See kafkaCode and the message.',
  },
  TLS_FAILED: {
    family: 'ClusterError',
    retriable: false,
    meaning:
      "A connection could not be secured: the broker's certificate is not trusted, has expired or is for another host, the broker does not accept ours, or one side does not speak TLS.",
    remedy: 'Do what the message says to `tls`, to `bootstrapServers` or to the certificates.',
  },
  TOPIC_RECREATED: {
    family: 'ClusterError',
    retriable: false,
    meaning: 'A topic was deleted and created again while it was read.',
    remedy: 'Reset the application, or delete its offsets of that topic.',
  },
  TRANSACTION_ABORTABLE: {
    family: 'ClusterError',
    retriable: true,
    meaning: 'The transaction cannot be committed, only aborted; nothing of it is visible.',
    remedy: 'Nothing; the thread aborts it and processes the records again.',
  },
  UNKNOWN_TOPIC: {
    family: 'ClusterError',
    retriable: false,
    meaning: 'The topic or partition does not exist.',
    remedy: 'Create the topic.',
  },
  UNSUPPORTED_VERSION: {
    family: 'ClusterError',
    retriable: false,
    meaning: 'The broker has no version of an API that Millrace can use.',
    remedy: 'Use brokers of the releases that the documentation names.',
  },
  // ConfigError
  CONFIG_INVALID: {
    family: 'ConfigError',
    retriable: false,
    meaning: 'A configuration key has a value that it cannot have, alone or together with other keys.',
    remedy: 'Set the key as the message says.',
  },
  CONFIG_MISSING: {
    family: 'ConfigError',
    retriable: false,
    meaning: 'A configuration key is required and not set.',
    remedy: 'Set the key that the message names.',
  },
  CONFIG_UNKNOWN_KEY: {
    family: 'ConfigError',
    retriable: false,
    meaning: 'The configuration has a key that Millrace does not know.',
    remedy: 'Correct the key; the message names the nearest known one.',
  },
  CONFIG_UNSUPPORTED: {
    family: 'ConfigError',
    retriable: false,
    meaning: 'A key of Kafka Streams is set that has no effect here, or a value that this version does not support.',
    remedy: 'Remove the key, or do what the message says instead.',
  },
  ENGINE_NOT_INSTALLED: {
    family: 'ConfigError',
    retriable: false,
    meaning: 'A storage engine is chosen whose package is not installed, or has nothing for this platform.',
    remedy: 'Install the package in the version that the message names, or choose the engine lsm.',
  },
  STATE_DIRECTORY_UNUSABLE: {
    family: 'ConfigError',
    retriable: false,
    meaning: 'The state directory cannot be made, read or written.',
    remedy: 'Set `stateDir` to a directory that the process may write to, with room; the message has the reason of the operating system.',
  },
  // QueryError
  CANNOT_SERVE: {
    family: 'QueryError',
    retriable: false,
    meaning: 'The address at which queries were to be served cannot be listened at.',
    remedy: 'Free the port or choose another one; the message has the reason of the operating system.',
  },
  OWNER_UNKNOWN: {
    family: 'QueryError',
    retriable: true,
    meaning:
      'The group does not say which instance has what was asked for: the instances have no applicationServer, or the tasks are moving.',
    remedy: 'Set applicationServer on every instance and serve queries there (serveQueries); ask again after a rebalance.',
  },
  PARTITION_UNCLEAR: {
    family: 'QueryError',
    retriable: false,
    meaning: 'A partitioner that was given to find a key chose no partition, several, or one that the topic does not have.',
    remedy: 'Give the partitioner by which the records of the source topic were written, which chooses one partition for each key.',
  },
  QUERY_AMBIGUOUS: {
    family: 'QueryError',
    retriable: false,
    meaning: 'The only result of a query was asked for, and several partitions have one.',
    remedy: 'Read the results of all partitions, or ask for one partition.',
  },
  QUERY_FAILED: {
    family: 'QueryError',
    retriable: false,
    meaning: 'A query to the HTTP API failed on the instance for a reason that is in its log, and only there.',
    remedy: 'Read the log of the instance.',
  },
  QUERY_TIMED_OUT: {
    family: 'QueryError',
    retriable: true,
    meaning: 'Nobody could answer a query in time: the store was moving, restoring, or its instance did not answer.',
    remedy: 'Ask again, allow more time with the option timeout, or old answers with the option stale. The cause is what was heard last.',
  },
  QUERY_UNFIT: {
    family: 'QueryError',
    retriable: false,
    meaning: 'A store was asked for what stores of its kind do not have.',
    remedy: 'Ask for what the store has: rows by key, windows, sessions or versions.',
  },
  REMOTE_REFUSED: {
    family: 'QueryError',
    retriable: false,
    meaning: 'Another instance refused a query, or what answers at its address is no instance of the application.',
    remedy: 'Correct what the message says: credentials, the address in applicationServer, or the version of that instance.',
  },
  REQUEST_INVALID: {
    family: 'QueryError',
    retriable: false,
    meaning: 'A request to the HTTP API is not one that it has: its path, method, parameters or Accept header.',
    remedy: 'Correct what the message says; docs/http.md has all requests.',
  },
  ROW_NOT_FOUND: {
    family: 'QueryError',
    retriable: false,
    meaning: 'The HTTP API was asked for a row that is not there.',
    remedy: 'Nothing; there is no such row now.',
  },
  STORE_BEHIND: {
    family: 'QueryError',
    retriable: true,
    meaning: 'A standby or restoring store is further behind its changelog than the query allows.',
    remedy: 'Ask again later, or allow a greater maxLag.',
  },
  STORE_IN_WORKER: {
    family: 'QueryError',
    retriable: false,
    meaning: 'The stores of the instance are in stream threads that are workers, which cannot be read synchronously.',
    remedy: 'Use streams.store() or streams.queryAsync(), which are asynchronous and ask the threads.',
  },
  STORE_MIGRATED: {
    family: 'QueryError',
    retriable: true,
    meaning: 'A store was asked of which this instance has no running task: its tasks are on other instances.',
    remedy: 'Look up which instance has it (metadataForStore, metadataForKey), or use store(), which does.',
  },
  STORE_NOT_AVAILABLE: {
    family: 'QueryError',
    retriable: true,
    meaning: 'A store was asked while the instance was rebalancing, or a global store while it was being filled.',
    remedy: 'Ask again when the instance is RUNNING, or allow old answers with the option stale.',
  },
  STORE_PARTITION: {
    family: 'QueryError',
    retriable: true,
    meaning: 'A partition of a store was asked that is not on this instance.',
    remedy: 'Look up which instance has it (metadataForStore), or ask for a partition that is here.',
  },
  STREAMS_NOT_STARTED: {
    family: 'QueryError',
    retriable: true,
    meaning: 'A store was asked before the instance was started.',
    remedy: 'Call start() first.',
  },
  STREAMS_STOPPED: {
    family: 'QueryError',
    retriable: false,
    meaning: 'A store was asked after the instance was closed or had failed.',
    remedy: 'Ask another instance, or start a new one.',
  },
  TIMESTAMPS_MISSING: {
    family: 'QueryError',
    retriable: false,
    meaning: 'The timestamps of a store were asked for whose rows have none: a plain store of a processor, or one of sessions or versions.',
    remedy: 'Leave out the option timestamps, or describe the store with format: "timestamped".',
  },
  TOO_BUSY: {
    family: 'QueryError',
    retriable: true,
    meaning: 'The HTTP API has as many requests at once as it takes.',
    remedy: 'Ask again after the time in the header Retry-After, or raise the option requestsMax.',
  },
  UNAUTHENTICATED: {
    family: 'QueryError',
    retriable: false,
    meaning: 'The option authenticate of the HTTP API refused a request.',
    remedy: 'Send the credentials that the application wants.',
  },
  // SerdeError
  BYTES_INVALID: {
    family: 'SerdeError',
    retriable: false,
    meaning: 'A deserializer was given bytes that are not of its form.',
    remedy:
      'Check that the topic is read with the serdes that it was written with; the handler deserializationExceptionHandler decides what happens to such records.',
  },
  KEY_ABSENT: {
    family: 'SerdeError',
    retriable: false,
    meaning: 'A record of a user stream has no key, or its deserializer gave null, and the key serde is not nullable.',
    remedy: "Use `serdes.nullable`, drop such records with `absent: 'drop'`, or decide in deserializationExceptionHandler.",
  },
  SCHEMA_ASYNC: {
    family: 'SerdeError',
    retriable: false,
    meaning: 'The schema of serdes.json answers with a promise; records are processed synchronously.',
    remedy: 'Use a schema without asynchronous checks.',
  },
  SCHEMA_INVALID: {
    family: 'SerdeError',
    retriable: false,
    meaning: 'A record does not fit the schema of serdes.json; the message lists what is wrong.',
    remedy: 'Correct the producer or the schema; the handler deserializationExceptionHandler decides what happens to such records.',
  },
  VALUE_ABSENT: {
    family: 'SerdeError',
    retriable: false,
    meaning: 'A record of a user stream has no value, or its deserializer gave null, and the value serde is not nullable.',
    remedy: "Use `serdes.nullable`, drop such records with `absent: 'drop'`, or decide in deserializationExceptionHandler.",
  },
  VALUE_INVALID: {
    family: 'SerdeError',
    retriable: false,
    meaning: 'A serializer was given a value that it cannot write.',
    remedy: 'Give the operator the serde of the values that it makes.',
  },
  // StoreError
  STORE_CLOSED: {
    family: 'StoreError',
    retriable: false,
    meaning: 'A store was used after its task was closed.',
    remedy: 'Use a store only while the processor that it was given to is open.',
  },
  STORE_CORRUPTED: {
    family: 'StoreError',
    retriable: true,
    meaning: 'The rows of a store could not be written or are not what was written.',
    remedy: 'Nothing; the store is wiped or replayed from its changelog. If it happens again check the disk.',
  },
  STORE_NOT_CONNECTED: {
    family: 'StoreError',
    retriable: false,
    meaning: 'A processor asked for a store that is not connected to it.',
    remedy: 'Name the store in the option stores of the processor.',
  },
  STORE_NOT_SCANNABLE: {
    family: 'StoreError',
    retriable: false,
    meaning: 'The rows of a table that keeps versions were scanned through its handle.',
    remedy: 'Read single keys, or keep a table that is mapped from it in a key-value store.',
  },
  STORE_READ_ONLY: {
    family: 'StoreError',
    retriable: false,
    meaning: 'A processor writes to a global store, which only the processor that keeps it may do.',
    remedy: 'Write to the topic of the global store, or use a store of the processor itself.',
  },
  // TaskError
  ALREADY_STARTED: {
    family: 'TaskError',
    retriable: false,
    meaning: 'An application instance was started a second time.',
    remedy: 'Make a new instance: each starts once.',
  },
  ASSIGNMENT_INVALID: {
    family: 'TaskError',
    retriable: false,
    meaning: 'A custom task assignor gave an assignment that cannot be: a task twice or unknown, or an instance left out.',
    remedy: 'Correct the assignor; the message says what is wrong with its assignment.',
  },
  BUFFER_FULL: {
    family: 'TaskError',
    retriable: false,
    meaning: 'The buffer of a suppress() is full, and it is to stop the task then.',
    remedy: 'Allow more records or bytes (maxRecords, maxBytes), or let changes leave early (whenFull).',
  },
  BUFFER_KEY_NULL: {
    family: 'TaskError',
    retriable: false,
    meaning: 'A left join with grace got a record without a key, which its buffer cannot hold. Java fails there, too.',
    remedy: 'Filter such records out before the join, or leave its grace out.',
  },
  CHANGELOG_MISSING: {
    family: 'TaskError',
    retriable: true,
    meaning: 'The changelog topic of a store does not exist yet.',
    remedy: 'Nothing; the group coordinator makes it, and the thread tries again until taskTimeoutMs.',
  },
  CLOSED_BEFORE_RUNNING: {
    family: 'TaskError',
    retriable: false,
    meaning: 'The application was closed while it was starting.',
    remedy: 'Nothing, if it was meant; else await start() before close().',
  },
  DESERIALIZATION_FAILED: {
    family: 'TaskError',
    retriable: false,
    meaning: 'A record could not be read, and deserializationExceptionHandler said fail.',
    remedy: 'See the cause; correct the serde, or let the handler skip such records.',
  },
  EXTRACTOR_FAILED: {
    family: 'TaskError',
    retriable: false,
    meaning: 'A timestamp extractor threw, or returned what is no whole number of milliseconds.',
    remedy: 'See the cause; return the timestamp, or a negative number to skip the record.',
  },
  FORWARD_DISABLED: {
    family: 'TaskError',
    retriable: false,
    meaning: 'A function that only gives values, that of transformValues of a table, tried to forward a record.',
    remedy: 'Return the value. To forward records use toStream() and process().',
  },
  GLOBAL_STORE_LOST: {
    family: 'TaskError',
    retriable: false,
    meaning:
      'The topic of a global store has not the position any more up to which it was read: records were deleted unread, or the topic was cut or made anew.',
    remedy: 'Start the instance again: the store was emptied and is read from the beginning. Use a compacted topic for global stores.',
  },
  GLOBAL_TOPIC_MISSING: {
    family: 'TaskError',
    retriable: false,
    meaning: 'The topic of a global store does not exist, or has no partitions.',
    remedy: 'Create the topic before the application starts.',
  },
  HANDLER_FAILED: {
    family: 'TaskError',
    retriable: false,
    meaning: 'An exception handler of the configuration threw, or returned none of its answers.',
    remedy: 'See the cause; return one of the answers that the handler may give.',
  },
  INPUT_FAILED: {
    family: 'TaskError',
    retriable: false,
    meaning: 'An input partition cannot be read any more: no authorization, or damaged records.',
    remedy: 'Correct what the cause says, and start the instance again.',
  },
  INVALID_TIMESTAMP: {
    family: 'TaskError',
    retriable: false,
    meaning: 'A record has a negative timestamp, and the timestamp extractor does not allow it.',
    remedy: 'Write the topic with timestamps, or set a timestampExtractor that gives one or skips the record.',
  },
  OFFSET_RESET_NONE: {
    family: 'TaskError',
    retriable: false,
    meaning: 'An input partition has no valid position, and its offset reset is "none".',
    remedy: 'Set the offsets of the group with a tool, or choose "earliest" or "latest".',
  },
  PROCESSING_FAILED: {
    family: 'TaskError',
    retriable: false,
    meaning:
      'Code of a processor or operator threw, and processingExceptionHandler said fail. The error names processor, topic, partition and offset.',
    remedy: 'See the cause; correct the code, or let the handler skip such records.',
  },
  PRODUCTION_FAILED: {
    family: 'TaskError',
    retriable: false,
    meaning: 'A record could not be written, and productionExceptionHandler said fail.',
    remedy: 'See the cause; correct the serde or the topic, or let the handler skip such records.',
  },
  PROMISE_RETURNED: {
    family: 'TaskError',
    retriable: false,
    meaning: 'A function that handles records returned a promise: records are processed synchronously.',
    remedy: 'Do the asynchronous work before the topic or after it, or keep what it needs in a table.',
  },
  RESTORE_FAILED: {
    family: 'TaskError',
    retriable: false,
    meaning: 'A store cannot be restored from its changelog.',
    remedy: 'Correct what the cause says, and start the instance again.',
  },
  SERDE_UNPREPARED: {
    family: 'TaskError',
    retriable: true,
    meaning: 'A serde that has to prepare itself for a topic before it is used could not.',
    remedy: 'See the cause; the task is opened again until `taskTimeoutMs` is over.',
  },
  SHUTDOWN_REQUESTED: {
    family: 'TaskError',
    retriable: false,
    meaning: 'A member of the group asked the whole application to shut down.',
    remedy: 'See the log of that member.',
  },
  STATE_DIRECTORY_LOCKED: {
    family: 'TaskError',
    retriable: false,
    meaning: 'Another instance of the application uses the state directory.',
    remedy: 'Give each instance on a machine a `stateDir` of its own, or end the other one.',
  },
  STILL_RUNNING: {
    family: 'TaskError',
    retriable: false,
    meaning: 'The state of an instance was to be removed while the instance runs.',
    remedy: 'Call cleanUp() before start(), or after close().',
  },
  TABLE_KEY_NULL: {
    family: 'TaskError',
    retriable: false,
    meaning: 'A change of a table that is to be grouped or aggregated has no key.',
    remedy: 'Check who else writes to the repartition topic: records of the application always have keys.',
  },
  TASK_MIGRATED: {
    family: 'TaskError',
    retriable: true,
    meaning: 'The task now belongs to another member of the group, or its producer was fenced.',
    remedy: 'Nothing; the thread closes its tasks and joins the group again.',
  },
  TASK_TIMED_OUT: {
    family: 'TaskError',
    retriable: false,
    meaning: 'A task has been failing for longer than taskTimeoutMs (KIP-572).',
    remedy: 'See the cause; raise taskTimeoutMs if the cluster needs more time.',
  },
  THREAD_DIED: {
    family: 'TaskError',
    retriable: false,
    meaning:
      'A stream thread that is a worker has ended without saying so: it ran out of memory, something in it threw outside of all processors, or it was ended.',
    remedy: 'Look at the cause. What was not committed is processed again by whoever takes the tasks over.',
  },
  THREAD_REMOVAL_TIMED_OUT: {
    family: 'TaskError',
    retriable: false,
    meaning: 'A stream thread did not end in the time that removeStreamThread was given. It goes on ending.',
    remedy: 'Give it more time, or look in the log for what blocks it.',
  },
  UNDEFINED_RETURNED: {
    family: 'TaskError',
    retriable: false,
    meaning: 'A function that makes keys or values returned undefined, which no record can hold.',
    remedy: 'Return null to delete, or a value.',
  },
  WINDOW_TIMESTAMP: {
    family: 'TaskError',
    retriable: false,
    meaning: 'A window is to be given when it closes, and its row has no timestamp for the result: the store keeps plain values.',
    remedy: 'Give the store the format "timestamped" or "headers", or use emitStrategy("on-window-update").',
  },
  // TopologyError
  BRANCH_NAME: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'A branch of split() has a name that JavaScript would reorder (a whole number), or that is used twice.',
    remedy: 'Give each branch a name of its own that is not a number.',
  },
  CHILD_UNKNOWN: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'A processor forwarded to a child that it does not have.',
    remedy: 'Forward to one of the names that the message lists, or to all children.',
  },
  COPARTITION_MISMATCH: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'Topics that are processed together have different numbers of partitions.',
    remedy: 'Give the repartition topics the same number, or repartition one side.',
  },
  DRIVER_CLOSED: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'A test driver was used after it was closed.',
    remedy: 'Make a new one for each test.',
  },
  EMIT_STRATEGY: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'Results were to be given when windows close, but the windows are unlimited: they never do.',
    remedy: 'Use windows of time, sliding windows or sessions, or the strategy `on-window-update`.',
  },
  GLOBAL_PROCESSOR: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'The processor of a global store schedules a punctuator or asks for the stream time: it belongs to no task.',
    remedy: 'Do it in a processor of a stream, which may read the global store.',
  },
  INPUT_UNKNOWN: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'The test driver was given a record for a topic that the topology does not read.',
    remedy: 'Pipe to a topic that a source of the topology reads.',
  },
  INTERNAL_NAMES_MISSING: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'ensureExplicitInternalResourceNaming is set and a store, changelog or repartition topic has a generated name.',
    remedy: 'Name what the message lists.',
  },
  NAME_INVALID: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'A name is empty, too long or has characters that a topic name cannot have.',
    remedy: 'Use up to 249 letters, digits, ".", "_" and "-".',
  },
  NODE_NAME_TAKEN: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'Two nodes of a topology have the same name.',
    remedy: 'Give each node a name of its own.',
  },
  OFFSET_RESET_CONFLICT: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'Two streams of the same topics ask for different offset resets.',
    remedy: 'Use one offsetReset for all streams of a topic.',
  },
  PARENT_UNKNOWN: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'A node names no parent, or one that is not in the topology or has no output.',
    remedy: 'Add the parents first and pass what addSource or addProcessor returned.',
  },
  PARTITION_CHOICE: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'A partitioner chose a partition that the topic does not have.',
    remedy: 'Return a whole number below the number of partitions that the partitioner is given.',
  },
  PROCESSOR_INACTIVE: {
    family: 'TopologyError',
    retriable: false,
    meaning:
      'A processor forwarded, scheduled or used its context outside of the call in which it may: after an await, in a timer, or when it was closed.',
    remedy: 'Use the context only in the supplier, in process and in punctuators, without await.',
  },
  PROCESSOR_INVALID: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'The supplier of a processor did not return a processor.',
    remedy: 'Return a function that takes the record, or an object with the function process.',
  },
  SERDE_MISSING: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'A topic or store needs bytes and no serde is known: an operator made new keys or values without saying their serde.',
    remedy: 'Give the serde to the operator that the message names, to the call that failed, or to StreamsBuilder as default.',
  },
  SOURCES_OVERLAP: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'Two streams read sets of topics that overlap without being equal.',
    remedy: 'Read the common topics once and merge the streams.',
  },
  SOURCE_TOPICS_MISSING: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'A topic that the topology reads does not exist, and did not come into being within two heartbeats.',
    remedy: 'Create the source topics before the application starts.',
  },
  STORE_COUNT: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'A global or read-only store is added with no store, or with several.',
    remedy: 'Name exactly one store in the option stores; add each store by a call of its own.',
  },
  STORE_FORMAT: {
    family: 'TopologyError',
    retriable: false,
    meaning:
      'The format of a store does not fit its use: a timestamped store cannot be plain, and one spec is either materialized by an operator or owned by processors.',
    remedy: 'Leave out the format, or make a store of its own for each use.',
  },
  STORE_MISSING: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'A table is used as a store but keeps none.',
    remedy: 'Give the table a store with the option store.',
  },
  STORE_NAME: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'The name cannot be the name of a state store.',
    remedy: 'Use 1 to 249 of the characters a-z, A-Z, 0-9, ".", "_" and "-".',
  },
  STORE_NAME_TAKEN: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'Two stores of a topology have the same name.',
    remedy: 'Give each store a name of its own; pass the same description to share it.',
  },
  STORE_OPTION: {
    family: 'TopologyError',
    retriable: false,
    meaning:
      'An option of a store has a value that is not one of its choices in this version, or the store does not fit what is kept in it.',
    remedy: 'Use one of the values that the message names, or leave the option out; give windows a store of their size that keeps them.',
  },
  STORE_UNKNOWN: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'A store is queried or connected that is not in the topology, or what was connected is no processor.',
    remedy: 'Add the store and the processor first; query one of the stores that the message lists.',
  },
  TABLE_UNVERSIONED: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'The operation needs a table that keeps versions of its rows.',
    remedy: 'Give the table a historyRetention and a named store, or leave the grace of the join out.',
  },
  TABLE_VERSIONED: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'The operation is not for tables that keep versions, or are computed from one that does.',
    remedy: 'Keep the table in a store without versions, or leave the operation out.',
  },
  TOPIC_CHOICE: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'The function that chooses the topic of a sink did not return a name.',
    remedy: 'Return the name of a topic as text.',
  },
  TOPIC_NAME: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'The name cannot be the name of a topic.',
    remedy: 'Use 1 to 249 of the characters a-z, A-Z, 0-9, ".", "_" and "-".',
  },
  TOPIC_PARTITIONS: {
    family: 'TopologyError',
    retriable: false,
    meaning:
      'Topics that exist have partition counts that do not fit the topology: joined inputs differ, or an internal topic has another count.',
    remedy:
      'Give joined topics the same partition count, or repartition one of them; reset the application after a source topic has grown.',
  },
  TOPIC_TAKEN: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'A topic is read by two sources, or a source names no topic.',
    remedy: 'Read each topic with one source and give its records to several nodes.',
  },
  TOPOLOGY_EMPTY: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'The topology reads no topic, so there is nothing to run.',
    remedy: 'Add at least one source.',
  },
  TOPOLOGY_MODULE: {
    family: 'TopologyError',
    retriable: false,
    meaning:
      'A topology was given as the URL of a module that cannot be used as one: it cannot be loaded, or its default export is no function that returns a topology.',
    remedy:
      'Export by default a function (config) => Topology, or one that returns { topology, handlers }; the module must have no top-level await.',
  },
  WINDOWS_MISSING: {
    family: 'TopologyError',
    retriable: false,
    meaning: 'Final results of windows are asked of a table that has no windows.',
    remedy: 'Suppress the result of an aggregation of windows, or use untilTimeLimit.',
  },
} as const

/** A key of the table of error codes. */
export type ErrorCode = keyof typeof errorCodes

/** What the table says of `code`. */
export function infoOf(code: ErrorCode): ErrorCodeInfo {
  return errorCodes[code]
}
