import { JsonLines } from './json-lines.ts'
import { compiled, java, LIGHT_JVM } from './kafka.ts'

/** Main classes behind the scripts of Apache Kafka's distribution. */
const MAIN = {
  'kafka-storage': 'kafka.tools.StorageTool',
  'kafka-acls': 'org.apache.kafka.tools.AclCommand',
  'kafka-configs': 'kafka.admin.ConfigCommand',
  'kafka-delegation-tokens': 'org.apache.kafka.tools.DelegationTokenCommand',
  'kafka-topics': 'org.apache.kafka.tools.TopicCommand',
  'kafka-console-producer': 'org.apache.kafka.tools.ConsoleProducer',
  'kafka-console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'kafka-consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  'kafka-groups': 'org.apache.kafka.tools.GroupsCommand',
  'kafka-share-groups': 'org.apache.kafka.tools.consumer.group.ShareGroupCommand',
  'kafka-streams-groups': 'org.apache.kafka.tools.streams.StreamsGroupCommand',
  'kafka-console-share-consumer': 'org.apache.kafka.tools.consumer.ConsoleShareConsumer',
  'kafka-broker-api-versions': 'org.apache.kafka.tools.BrokerApiVersionsCommand',
  'kafka-cluster': 'org.apache.kafka.tools.ClusterTool',
  'kafka-features': 'org.apache.kafka.tools.FeatureCommand',
  'kafka-metadata-quorum': 'org.apache.kafka.tools.MetadataQuorumCommand',
  'kafka-leader-election': 'org.apache.kafka.tools.LeaderElectionCommand',
  'kafka-reassign-partitions': 'org.apache.kafka.tools.reassign.ReassignPartitionsCommand',
  'kafka-replica-verification': 'org.apache.kafka.tools.ReplicaVerificationTool',
  'kafka-client-metrics': 'org.apache.kafka.tools.ClientMetricsCommand',
  'kafka-log-dirs': 'org.apache.kafka.tools.LogDirsCommand',
  'kafka-get-offsets': 'org.apache.kafka.tools.GetOffsetShell',
  'kafka-delete-records': 'org.apache.kafka.tools.DeleteRecordsCommand',
  'kafka-transactions': 'org.apache.kafka.tools.TransactionsCommand',
  'kafka-dump-log': 'org.apache.kafka.tools.DumpLogSegments',
  'kafka-metadata-shell': 'org.apache.kafka.shell.MetadataShell',
  'kafka-producer-perf-test': 'org.apache.kafka.tools.ProducerPerformance',
  'kafka-consumer-perf-test': 'org.apache.kafka.tools.ConsumerPerformance',
  'kafka-e2e-latency': 'org.apache.kafka.tools.EndToEndLatency',
  'kafka-verifiable-producer': 'org.apache.kafka.tools.VerifiableProducer',
  'kafka-verifiable-consumer': 'org.apache.kafka.tools.VerifiableConsumer',
} as const

export type ToolName = keyof typeof MAIN

export interface ToolResult {
  readonly exit: number
  readonly out: string
  readonly err: string
}

export interface ToolOptions {
  readonly stdin?: string
  readonly timeoutSeconds?: number
}

/** Apache Kafka's command-line tools, all in one JVM that starts with the first call. */
export class Tools {
  readonly #jvm: readonly string[]
  readonly #within: readonly string[]
  #lines: JsonLines | undefined

  constructor(jvm: readonly string[] = LIGHT_JVM, within: readonly string[] = []) {
    this.#jvm = jvm
    this.#within = within
  }

  #start(): JsonLines {
    const classpath = compiled([new URL('./java/ToolRunner.java', import.meta.url)], 'kafka')
    return new JsonLines(java(classpath, 'ToolRunner', this.#jvm, this.#within))
  }

  async run(tool: ToolName, args: readonly string[], options: ToolOptions = {}): Promise<ToolResult> {
    this.#lines ??= this.#start()
    const answer = await this.#lines.call({ main: MAIN[tool], args, ...options })
    return { exit: Number(answer.exit), out: String(answer.out), err: String(answer.err) }
  }

  /** The output of a run that must succeed. */
  async ok(tool: ToolName, args: readonly string[], options: ToolOptions = {}): Promise<string> {
    const result = await this.run(tool, args, options)
    if (result.exit !== 0) {
      throw new Error(`${tool} ${args.join(' ')} exited with ${result.exit}\n${result.out}\n${result.err}`)
    }
    return result.out
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lines?.close()
    this.#lines = undefined
  }
}
