import { Histogram } from './histogram.ts'
import { Recent } from './recent.ts'

const MICROSECONDS = 1000

/** What the hosts of one kind of coordinator measure, for all of its partitions: Kafka's CoordinatorRuntimeMetrics. */
export class CoordinatorMetrics {
  /** In ms, as they end. */
  readonly loads = new Recent()
  /** Of commands until their turn came, in µs. */
  readonly queueTimes = new Histogram()
  /** Of commands while they were decided, in µs. */
  readonly processingTimes = new Histogram()
  /** Of answers until what they say was committed, in µs. */
  readonly purgatoryTimes = new Histogram()
  /** Of batches until they were in the file, in µs. */
  readonly flushTimes = new Histogram()

  waited(ms: number): void {
    this.queueTimes.record(ms * MICROSECONDS)
  }

  processed(ms: number): void {
    this.processingTimes.record(ms * MICROSECONDS)
  }

  committed(ms: number): void {
    this.purgatoryTimes.record(ms * MICROSECONDS)
  }

  flushed(ms: number): void {
    this.flushTimes.record(ms * MICROSECONDS)
  }
}
