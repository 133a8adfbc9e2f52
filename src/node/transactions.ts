import type { Handler } from '../broker/handler.ts'
import { addOffsetsToTxnHandler } from '../broker/handlers/add-offsets-to-txn.ts'
import { addPartitionsToTxnHandler } from '../broker/handlers/add-partitions-to-txn.ts'
import { describeTransactionsHandler } from '../broker/handlers/describe-transactions.ts'
import { endTxnHandler } from '../broker/handlers/end-txn.ts'
import { initProducerIdHandler } from '../broker/handlers/init-producer-id.ts'
import { listTransactionsHandler } from '../broker/handlers/list-transactions.ts'
import type { ProduceVerificationDeps } from '../broker/handlers/produce-verification.ts'
import { txnOffsetCommitHandler } from '../broker/handlers/txn-offset-commit.ts'
import { writeTxnMarkersHandler } from '../broker/handlers/write-txn-markers.ts'
import { TransactionCoordinator } from '../broker/transactions/coordinator.ts'
import { TransactionDuties } from '../broker/transactions/duties.ts'
import { MarkerSender } from '../broker/transactions/marker-sender.ts'
import { MarkerWriter } from '../broker/transactions/markers.ts'
import { TransactionalOffsets } from '../broker/transactions/offsets.ts'
import { TransactionVerifier } from '../broker/transactions/verifier.ts'
import { areaOf } from '../io/log-levels.ts'
import { TRANSACTION_VERSION } from '../metadata/features.ts'
import { TRANSACTION_STATE_TOPIC } from '../metadata/topics/names.ts'
import { CoordinatorHost } from '../runtime/coordinator-host.ts'
import type { TransactionCommand, TransactionReply } from '../transaction/commands.ts'
import { decodeBatch, encodeRecord, type TransactionRecord } from '../transaction/records.ts'
import { TransactionMachine } from '../transaction/transaction-machine.ts'
import type { BrokerParts } from './broker-parts.ts'
import { coordinatorLog, type Groups } from './groups.ts'
import { statePartitions } from './state-topics.ts'
import type { World } from './world.ts'

/** Transactions on this broker: those that it coordinates, and the batches of others' that it appends. */
export interface Transactions {
  readonly handlers: readonly Handler[]
  /** What a produce request is held against. */
  readonly verification: ProduceVerificationDeps
  readonly host: Host
  readonly coordinator: TransactionCoordinator
  readonly sender: MarkerSender
  close(): void
}

export interface TransactionParts extends BrokerParts {
  readonly peers: World['peers']
  readonly onFatal: World['onFatal']
}

type Host = CoordinatorHost<TransactionCommand, TransactionRecord, TransactionReply>

export function openTransactions(parts: TransactionParts, groups: Groups): Transactions {
  const { config, effective, clock, logs, metadata, replicas, producerIds, peers, onFatal, access } = parts
  const { nodeId, interBrokerListenerName: listenerName } = config
  const logger = areaOf(parts.logger, 'transaction')
  const image = () => metadata.image
  const timeoutMs = config.get('request.timeout.ms')
  const host = openHost(parts)
  const coordinator = new TransactionCoordinator({
    host,
    partitionCount: () => statePartitions(parts),
    version: () => image().featureLevel(TRANSACTION_VERSION),
    producerIds,
    maxTimeoutMs: config.get('transaction.max.timeout.ms'),
    twoPhaseCommit: config.get('transaction.two.phase.commit.enable'),
  })
  const markers = new MarkerWriter({ replicas, groups: groups.host, clock, timeoutMs })
  const sender = new MarkerSender({
    nodeId,
    image,
    listenerName,
    peers,
    local: markers,
    coordinator,
    clock,
    logger,
    timeoutMs,
    onFatal,
  })
  const duties = new TransactionDuties({ host, sender, coordinator, clock, logger, onFatal })
  const loadBytes = config.get('transaction.state.log.load.buffer.size')
  replicas.onLeadership((replica, leads) => {
    if (replica.topic !== TRANSACTION_STATE_TOPIC) return
    if (leads) {
      host.elected(replica.partition, coordinatorLog(replica, loadBytes, logs))
      duties.begin(replica.partition, replica.leaderEpoch)
    } else {
      duties.end(replica.partition)
      host.resigned(replica.partition)
    }
  })
  metadata.onImage(() => sender.imageChanged())
  const backoffMs = config.get('add.partitions.to.txn.retry.backoff.ms')
  const local = { coordinator, image, patienceMs: backoffMs }
  const verifier = new TransactionVerifier({ nodeId, image, listenerName, peers, local, timeoutMs })
  const verifies = () => effective.value('transaction.partition.verification.enable')
  const { partitionFor } = groups
  const offsets = new TransactionalOffsets({ groups: groups.host, partitionFor, replicas, verifier, verifies })
  return {
    handlers: [
      initProducerIdHandler({ producerIds, coordinator }),
      addPartitionsToTxnHandler({ ...local, access }),
      addOffsetsToTxnHandler({ coordinator, groupPartition: partitionFor }),
      endTxnHandler({ coordinator }),
      writeTxnMarkersHandler({ markers }),
      txnOffsetCommitHandler({ offsets, image, access }),
      describeTransactionsHandler({ coordinator, markers: sender, access }),
      listTransactionsHandler({ coordinator, access }),
    ],
    verification: {
      verifier,
      verifies,
      clock,
      backoffMs,
      maxBackoffMs: Math.min(config.get('add.partitions.to.txn.retry.backoff.max.ms'), timeoutMs),
    },
    host,
    coordinator,
    sender,
    close: () => {
      duties.close()
      sender.close()
      host.close()
    },
  }
}

function openHost({ config, clock, logger }: BrokerParts): Host {
  const settings = {
    abortTimedOutIntervalMs: config.get('transaction.abort.timed.out.transaction.cleanup.interval.ms'),
    idExpirationMs: config.get('transactional.id.expiration.ms'),
    removeExpiredIntervalMs: config.get('transaction.remove.expired.transaction.cleanup.interval.ms'),
  }
  return new CoordinatorHost({
    machine: () => new TransactionMachine(settings),
    codec: { encode: encodeRecord, decode: decodeBatch },
    clock,
    logger: areaOf(logger, 'transaction'),
    commitTimeoutMs: config.get('request.timeout.ms'),
    // Nothing of a transaction is soft: what the log refuses was not decided.
    isRevertible: ({ type }) => type !== 'watch',
  })
}
