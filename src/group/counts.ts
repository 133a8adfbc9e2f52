/** What the machines of a broker's groups decided, since it started: Kafka's group-coordinator-metrics. */
export class GroupCounts {
  offsetCommits = 0
  /** Committed offsets that went after their time. */
  offsetExpirations = 0
  /** Committed offsets that somebody deleted, or whose topic or group went. */
  offsetDeletions = 0
  /** Generations of classic groups that got their assignment. */
  completedRebalances = 0
  /** Times that what members ask for, or their topics, made a group's epoch grow. */
  readonly rebalances = { consumer: 0, share: 0, streams: 0 }
}
