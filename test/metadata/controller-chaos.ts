import { KafkaError } from '../../src/base/errors.ts'
import { LOST_DIRECTORY } from '../../src/base/ids.ts'
import { Prng } from '../../src/base/prng.ts'
import { ControllerRig, uuid } from './controller-rig.ts'

const BROKERS = 5
const TOPICS = 3

/** Everything that can happen to a cluster's metadata, drawn by a seed. */
export class Chaos {
  readonly rig: ControllerRig
  readonly #prng: Prng
  #process = 100
  #topic = 0

  constructor(seed: number, elr: boolean) {
    this.#prng = new Prng(seed)
    const features = { 'eligible.leader.replicas.version': elr ? 1 : 0 }
    this.rig = new ControllerRig({
      features,
      below: (bound) => this.#prng.below(bound),
      settings: { elections: { balanceMs: 20_000, uncleanMs: 15_000 } },
    })
  }

  #below(bound: number): number {
    return this.#prng.below(bound)
  }

  #broker(): number {
    return 1 + this.#below(BROKERS)
  }

  #some(from: readonly number[], atLeast = 0): number[] {
    const picked = from.filter(() => this.#below(2) === 0).sort(() => this.#below(3) - 1)
    return picked.length >= atLeast ? picked : from.slice(0, atLeast)
  }

  #partition() {
    const topics = [...this.rig.image.topics.values()]
    const topic = topics[this.#below(Math.max(1, topics.length))]
    const partition = topic?.partitions[this.#below(Math.max(1, topic.partitions.length))]
    return topic && partition && { topic, partition }
  }

  step(): void {
    try {
      this.#steps[this.#below(this.#steps.length)]?.()
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
    }
  }

  readonly #heartbeat = () => {
    const broker = this.#broker()
    const dirs = this.rig.image.broker(broker)?.directories ?? []
    this.rig.heartbeat(broker, {
      wantFence: this.#below(12) === 0,
      wantShutDown: this.#below(12) === 0,
      currentMetadataOffset: this.rig.offset - this.#below(4),
      // A broker that loses its last directory stops: its registration keeps that one.
      offlineLogDirs: dirs.length > 1 && this.#below(8) === 0 ? dirs.slice(0, 1) : [],
    })
  }

  readonly #register = () => {
    const broker = this.#broker()
    this.rig.register(broker, {
      incarnationId: uuid(this.#process++ % 240),
      logDirs: this.#below(3) === 0 ? [uuid(broker + 50), uuid(broker + 60)] : [uuid(broker + 50)],
      previousBrokerEpoch: this.#below(2) === 0 ? this.rig.epochOf(broker) : -1,
    })
  }

  readonly #lose = () => {
    const brokerId = this.#broker()
    this.rig.submit({ type: 'brokerLost', brokerId, brokerEpoch: this.rig.epochOf(brokerId) })
  }

  readonly #unregister = () => {
    this.rig.submit({ type: 'unregisterBroker', brokerId: this.#broker() })
  }

  readonly #time = () => {
    this.rig.nowMs += this.#below(6000)
    for (let ticks = 0; ticks < 10 && this.rig.deadlineMs <= this.rig.nowMs; ticks++) this.rig.tick()
  }

  readonly #createTopic = () => {
    if (this.rig.image.topics.size >= TOPICS) return
    const replicas = this.#some(
      Array.from({ length: BROKERS }, (_, i) => i + 1),
      1,
    )
    this.rig.topic(`t${this.#topic++}`, replicas, replicas.toReversed())
  }

  readonly #deleteTopic = () => {
    const found = this.#below(5) === 0 ? this.#partition() : undefined
    if (!found) return
    const topics = [{ name: found.topic.name, topicId: uuid(-10) }]
    this.rig.submit({ type: 'deleteTopics', topics })
  }

  readonly #alter = () => {
    const found = this.#partition()
    if (!found || found.partition.leader < 0) return
    const { leader, replicas, partition, leaderRecoveryState } = found.partition
    const others = this.#some(replicas.filter((replica) => replica !== leader))
    const recovering = leaderRecoveryState === 1 && this.#below(2) === 0
    const isr = recovering ? [leader] : [leader, ...others]
    this.rig.alter(found.topic.name, isr, { partition, leaderRecoveryState: recovering ? 1 : 0 })
  }

  readonly #reassign = () => {
    const found = this.#partition()
    if (!found) return
    const target = this.#below(4) === 0 ? null : this.#some([1, 2, 3, 4, 5], 1)
    const allow = this.#below(4) > 0
    this.rig.reassign(found.topic.name, target, { partition: found.partition.partition, allow })
  }

  readonly #elect = () => {
    const electionType = this.#below(3) === 0 ? 'unclean' : 'preferred'
    this.rig.submit({ type: 'electLeaders', electionType, topicPartitions: null })
  }

  readonly #directories = () => {
    const found = this.#partition()
    const brokerId = this.#broker()
    const broker = this.rig.image.broker(brokerId)
    if (!found || !broker) return
    const id = this.#below(8) === 0 ? LOST_DIRECTORY : broker.directories[this.#below(broker.directories.length)]
    if (id === undefined) return
    const topics = [{ topicId: found.topic.id, partitions: [found.partition.partition] }]
    const directories = [{ id, topics }]
    this.rig.submit({ type: 'assignReplicasToDirs', brokerId, brokerEpoch: broker.epoch, directories })
  }

  readonly #config = () => {
    const found = this.#partition()
    if (!found) return
    if (this.#below(2) === 0) this.rig.config(found.topic.name, 'min.insync.replicas', String(1 + this.#below(3)))
    else this.rig.config(found.topic.name, 'unclean.leader.election.enable', this.#below(2) === 0 ? 'true' : 'false')
  }

  readonly #failover = () => {
    if (this.#below(4) === 0) this.rig.failover()
  }

  readonly #steps: readonly (() => void)[] = [
    ...Array.from({ length: 8 }, () => this.#heartbeat),
    ...Array.from({ length: 6 }, () => this.#alter),
    this.#register,
    this.#register,
    this.#lose,
    this.#unregister,
    this.#time,
    this.#time,
    this.#createTopic,
    this.#createTopic,
    this.#deleteTopic,
    this.#reassign,
    this.#reassign,
    this.#reassign,
    this.#elect,
    this.#directories,
    this.#config,
    this.#failover,
  ]
}
