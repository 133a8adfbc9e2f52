import { Recent } from './recent.ts'

/** Of a node's part in the metadata quorum: Kafka's KafkaRaftMetrics and QuorumControllerMetrics. */
export class QuorumMetrics {
  /** In ms: of decisions of the controller while it leads, until a majority has them. */
  readonly commits = new Recent()
  /** In ms: from when this node stood for election until a leader was known. */
  readonly elections = new Recent()
  /** Controllers that this node saw come into office. */
  newControllers = 0
  /** Commands that the controller was given. */
  operations = 0
  /** Wall clock of the last record that was applied; 0: none was. */
  appliedTimestamp = 0
  /** Snapshots that the image was loaded from. */
  snapshots = 0
}
