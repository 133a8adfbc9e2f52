import { errorName, KafkaError } from '../base/errors.ts'
import type { RemoteShareStates } from '../broker/share/share-state-coordinator.ts'
import { ApiKey } from '../protocol/apis.ts'
import type { PeerClient } from '../runtime/peer-types.ts'
import { PeerError } from '../runtime/peers.ts'
import type { ShareStateReply, StateFailure } from '../share/state-commands.ts'
import type { BrokerParts } from './broker-parts.ts'
import type { World } from './world.ts'

const PURPOSE = 'share-persister'
const LATEST = -1
const CONSUMER = -1

/** What share groups stand on. */
export interface ShareParts extends BrokerParts {
  readonly peers: World['peers']
}

/** A connection to a broker of the cluster. @throws KafkaError where it has none */
function peerOf({ metadata, config, peers }: ShareParts, brokerId: number): PeerClient {
  const endpoints = metadata.image.broker(brokerId)?.endpoints
  const endpoint = endpoints?.find(({ name }) => name === config.interBrokerListenerName)
  if (endpoint === undefined) throw new KafkaError('COORDINATOR_NOT_AVAILABLE')
  return peers.to({ host: endpoint.host, port: endpoint.port }, PURPOSE)
}

interface Told {
  readonly errorCode: number
  readonly errorMessage: string | null
}

/** Asks the share coordinator on another broker. */
export function remoteShareStates(parts: ShareParts): RemoteShareStates {
  const timeoutMs = parts.config.get('request.timeout.ms')
  const ask: (brokerId: number, command: Parameters<RemoteShareStates>[1]) => Promise<ShareStateReply> = async (
    brokerId,
    command,
  ) => {
    const { groupId, topicId, partition } = command.key
    const peer = peerOf(parts, brokerId)
    const of = <P extends object>(more: P) => ({ groupId, topics: [{ topicId, partitions: [{ partition, ...more }] }] })
    switch (command.type) {
      case 'initialize': {
        const { stateEpoch, startOffset } = command
        const body = of({ stateEpoch, startOffset })
        return told(onlyOne(await peer.request({ api: ApiKey.InitializeShareGroupState, body, timeoutMs })))
      }
      case 'read': {
        const body = of({ leaderEpoch: command.leaderEpoch })
        const read = onlyOne(await peer.request({ api: ApiKey.ReadShareGroupState, body, timeoutMs }))
        return read.errorCode === 0 ? { ...read, error: 'NONE' } : failure(read)
      }
      case 'write': {
        const { stateEpoch, leaderEpoch, startOffset, deliveryCompleteCount } = command
        const stateBatches = [...command.stateBatches]
        const body = of({ stateEpoch, leaderEpoch, startOffset, deliveryCompleteCount, stateBatches })
        return told(onlyOne(await peer.request({ api: ApiKey.WriteShareGroupState, body, timeoutMs })))
      }
      case 'delete':
        return told(onlyOne(await peer.request({ api: ApiKey.DeleteShareGroupState, body: of({}), timeoutMs })))
      case 'readSummary': {
        const body = of({ leaderEpoch: -1 })
        const read = onlyOne(await peer.request({ api: ApiKey.ReadShareGroupStateSummary, body, timeoutMs }))
        return read.errorCode === 0 ? { ...read, error: 'NONE' } : failure(read)
      }
    }
  }
  const safely = async (...asked: Parameters<typeof ask>): Promise<ShareStateReply> => {
    try {
      return await ask(...asked)
    } catch (error) {
      if (!(error instanceof PeerError) && !(error instanceof KafkaError)) throw error
      return { error: 'COORDINATOR_NOT_AVAILABLE', message: null }
    }
  }
  return safely as RemoteShareStates
}

function onlyOne<P>({ results }: { readonly results: readonly { readonly partitions: readonly P[] }[] }): P {
  const one = results[0]?.partitions[0]
  if (one === undefined) throw new KafkaError('COORDINATOR_NOT_AVAILABLE')
  return one
}

function told(one: Told): ShareStateReply {
  return one.errorCode === 0 ? { error: 'NONE' } : failure(one)
}

function failure({ errorCode, errorMessage }: Told): StateFailure {
  return { error: errorName(errorCode), message: errorMessage }
}

/** The high watermark of a partition, here or on the broker that leads it. Rejects with a KafkaError. */
export function latestOffsets(parts: ShareParts): (topic: string, partition: number) => Promise<number> {
  const { config, metadata, replicas } = parts
  const timeoutMs = config.get('request.timeout.ms')
  return async (topic, partition) => {
    const leader = metadata.image.topic(topic)?.partitions[partition]?.leader ?? -1
    if (leader === config.nodeId) return replicas.requireLeader(topic, partition).log.highWatermark
    if (leader < 0) throw new KafkaError('LEADER_NOT_AVAILABLE')
    try {
      const asked = { partitionIndex: partition, timestamp: LATEST }
      const body = { replicaId: CONSUMER, isolationLevel: 0, topics: [{ name: topic, partitions: [asked] }] }
      const answer = await peerOf(parts, leader).request({ api: ApiKey.ListOffsets, body, timeoutMs })
      const found = answer.topics[0]?.partitions[0]
      if (found === undefined) throw new KafkaError('UNKNOWN_SERVER_ERROR')
      if (found.errorCode !== 0) throw new KafkaError(errorName(found.errorCode))
      return found.offset
    } catch (error) {
      if (error instanceof PeerError) throw new KafkaError('LEADER_NOT_AVAILABLE')
      throw error
    }
  }
}
