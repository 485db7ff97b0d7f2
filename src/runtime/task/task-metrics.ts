/** What a task counts. Plain numbers, bumped in place and read when somebody asks (P§9.4). */
export class TaskMetrics {
  /** `process-total`: records that reached a source node. */
  processedRecords = 0
  /** `dropped-records-total`. */
  droppedRecords = 0
  /** `punctuate-total`. */
  punctuations = 0
  /** `enforced-processing-total`: times that the task went on although an input was empty. */
  enforcedProcessing = 0
  /** `record-lateness-max`: how far behind stream time a record was, in milliseconds. */
  latenessMsMax = 0
  /** Sum over all processed records, for `record-lateness-avg`. */
  latenessMsTotal = 0
  /** Dead letters written. */
  deadLetters = 0
}
