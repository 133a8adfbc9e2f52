/** The names are those of Jepsen's analyses of Kafka-like systems, where those have one. */
export type AnomalyName =
  /** An acknowledged transaction of which something can't be read. */
  | 'lost-write'
  /** A part of a transaction is there, another is not. */
  | 'torn-transaction'
  /** One value in two places. */
  | 'duplicate'
  /** A value that nobody sent, or that was sent elsewhere. */
  | 'phantom'
  /** Two values in one place. */
  | 'inconsistent-offsets'
  /** What was sent later has a lower offset: in one transaction, or at all. */
  | 'int-nonmonotonic-send'
  | 'nonmonotonic-send'
  /** An aborted value, or an offset that was committed in an aborted transaction, was read in isolation. */
  | 'G1a'
  /** Something of a transaction was read in isolation before its commit was asked for. */
  | 'precommitted-read'
  /** A reader went back: in one answer, or from one to the next. */
  | 'int-nonmonotonic-poll'
  | 'nonmonotonic-poll'
  /** A reader passed over something: within an answer, or at its ends. */
  | 'int-poll-skip'
  | 'poll-skip'
  /** No reader that went on to the end ever saw it. */
  | 'unseen'
  /** The last stable offset stands although every client is done. */
  | 'hanging-transaction'
  /** The end of a partition, or the committed offset of a group, went back. */
  | 'nonmonotonic-end'
  | 'nonmonotonic-offset'
  /** Read-process-write: an input whose output is there twice, or not at all. */
  | 'duplicate-processing'
  | 'skipped-processing'
  /** The group's offset at the end is not the one of its last transaction. */
  | 'wrong-offset'
  /** Cycles: of writes, of writes and reads, and such that need the order in which one id did its transactions. */
  | 'G0'
  | 'G1c'
  | 'G0-process'
  | 'G1c-process'

export interface Anomaly {
  readonly name: AnomalyName
  readonly text: string
}
