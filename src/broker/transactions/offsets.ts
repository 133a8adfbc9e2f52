import { type ErrorName, KafkaError } from '../../base/errors.ts'
import type { GroupCommand, GroupReply, TopicResults, TransactionalCommitCommand } from '../../group/commands.ts'
import type { TransactionalCommand } from '../../runtime/coordinator-host.ts'
import { coordinatorError, OFFSETS_TOPIC } from '../groups.ts'
import type { ReplicaRegistry } from '../replicas.ts'
import { type InTransaction, partitionKey, type TransactionVerifier, type Verifying } from './verifier.ts'

export interface TransactionalOffsetsDeps {
  readonly groups: {
    submitTransactional(
      partition: number,
      command: GroupCommand,
      transaction: TransactionalCommand,
    ): Promise<GroupReply>
  }
  readonly partitionFor: (groupId: string) => number
  readonly replicas: Pick<ReplicaRegistry, 'requireLeader'>
  readonly verifier: Pick<TransactionVerifier, 'check'>
  /** transaction.partition.verification.enable */
  readonly verifies: () => boolean
}

export type TransactionalCommit = Omit<TransactionalCommitCommand, 'type'> & InTransaction

/** Commits offsets as a part of a producer's transaction. */
export class TransactionalOffsets {
  readonly #deps: TransactionalOffsetsDeps

  constructor(deps: TransactionalOffsetsDeps) {
    this.#deps = deps
  }

  async commit({ transactionalId, producerEpoch, ...commit }: TransactionalCommit, verifying: Verifying) {
    if (commit.groupId === '') throw new KafkaError('INVALID_GROUP_ID')
    const partition = this.#deps.partitionFor(commit.groupId)
    const { producerId } = commit
    try {
      const verification = await this.#verify(partition, { transactionalId, producerId, producerEpoch }, verifying)
      const command = { ...commit, type: 'commitTransactional' } as const
      const transaction = { producerId, producerEpoch, verification }
      return (await this.#deps.groups.submitTransactional(partition, command, transaction)) as TopicResults
    } catch (error) {
      const known = coordinatorError(error)
      const retriable = AS_RETRIABLE[known.error]
      throw retriable ? new KafkaError(retriable) : known
    }
  }

  async #verify(partition: number, producer: InTransaction, verifying: Verifying) {
    const { replicas, verifier, verifies } = this.#deps
    if (verifying !== 'add' && !verifies()) return undefined
    const { log } = replicas.requireLeader(OFFSETS_TOPIC, partition)
    const { producerId, producerEpoch } = producer
    const verification = log.startVerification(producerId, NO_SEQUENCE, producerEpoch, verifying === 'add')
    if (verification === undefined) return undefined
    const at = { topic: OFFSETS_TOPIC, partition }
    const error = (await verifier.check(producer, [at], verifying)).get(partitionKey(at))
    if (error !== undefined) throw new KafkaError(error)
    return verification
  }
}

const NO_SEQUENCE = -1

/** Clients of older versions would not try again on it. */
const AS_RETRIABLE: { readonly [E in ErrorName]?: ErrorName } = { NETWORK_EXCEPTION: 'COORDINATOR_LOAD_IN_PROGRESS' }
