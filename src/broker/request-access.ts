import { KafkaError } from '../base/errors.ts'
import { ApiKey } from '../protocol/apis.ts'
import type { AddOffsetsToTxnRequestData } from '../protocol/messages/add-offsets-to-txn.ts'
import type { InitProducerIdRequestData } from '../protocol/messages/init-producer-id.ts'
import type { SyncGroupRequestData } from '../protocol/messages/sync-group.ts'
import type { TxnOffsetCommitRequestData } from '../protocol/messages/txn-offset-commit.ts'
import { AclOperation, ResourceType } from '../security/acl.ts'
import type { Access } from './access.ts'
import { mayReadGroup, needs } from './authorization.ts'
import type { Handler, RequestContext } from './handler.ts'
import { denialOf } from './request-denials.ts'

/** Throws where all of a request is refused, whatever it asks for. */
type Check = (access: Access, context: RequestContext, request: unknown) => void

const { ALTER, ALTER_CONFIGS, CLUSTER_ACTION, DELETE, DESCRIBE, DESCRIBE_CONFIGS, WRITE } = AclOperation

/** What clients and other brokers need leave for as a whole, of a broker. Whatever names several things is asked about each by its handler. */
const OF_BROKERS: ReadonlyMap<number, Check> = new Map([
  [ApiKey.JoinGroup, readsGroup],
  [ApiKey.SyncGroup, syncs],
  [ApiKey.Heartbeat, readsGroup],
  [ApiKey.LeaveGroup, readsGroup],
  [ApiKey.OffsetCommit, readsGroup],
  [ApiKey.OffsetDelete, deletesFromGroup],
  [ApiKey.InitProducerId, initsProducer],
  [ApiKey.EndTxn, writesTransaction],
  [ApiKey.AddOffsetsToTxn, takesOffsets],
  [ApiKey.TxnOffsetCommit, takesOffsets],
  [ApiKey.AddPartitionsToTxn, addsPartitions],
  [ApiKey.WriteTxnMarkers, writesMarkers],
  [ApiKey.AlterReplicaLogDirs, onCluster(ALTER)],
  [ApiKey.DescribeLogDirs, onCluster(DESCRIBE)],
  [ApiKey.DescribeClientQuotas, onCluster(DESCRIBE_CONFIGS)],
  [ApiKey.DescribeUserScramCredentials, onCluster(DESCRIBE)],
  [ApiKey.ListConfigResources, onCluster(DESCRIBE_CONFIGS)],
  [ApiKey.InitializeShareGroupState, onCluster(CLUSTER_ACTION)],
  [ApiKey.ReadShareGroupState, onCluster(CLUSTER_ACTION)],
  [ApiKey.WriteShareGroupState, onCluster(CLUSTER_ACTION)],
  [ApiKey.DeleteShareGroupState, onCluster(CLUSTER_ACTION)],
  [ApiKey.ReadShareGroupStateSummary, onCluster(CLUSTER_ACTION)],
])

/** Of a controller: of its quorum, of brokers, and of what brokers pass on. */
const OF_CONTROLLERS: ReadonlyMap<number, Check> = new Map([
  [ApiKey.Fetch, onCluster(CLUSTER_ACTION)],
  [ApiKey.FetchSnapshot, onCluster(CLUSTER_ACTION)],
  [ApiKey.Vote, onCluster(CLUSTER_ACTION)],
  [ApiKey.BeginQuorumEpoch, onCluster(CLUSTER_ACTION)],
  [ApiKey.EndQuorumEpoch, onCluster(CLUSTER_ACTION)],
  [ApiKey.UpdateRaftVoter, onCluster(CLUSTER_ACTION)],
  [ApiKey.Envelope, onCluster(CLUSTER_ACTION)],
  [ApiKey.AlterPartition, onCluster(CLUSTER_ACTION)],
  [ApiKey.BrokerRegistration, onCluster(CLUSTER_ACTION)],
  [ApiKey.BrokerHeartbeat, onCluster(CLUSTER_ACTION)],
  [ApiKey.ControllerRegistration, onCluster(CLUSTER_ACTION)],
  [ApiKey.AllocateProducerIds, onCluster(CLUSTER_ACTION)],
  [ApiKey.AssignReplicasToDirs, onCluster(CLUSTER_ACTION)],
  [ApiKey.DescribeQuorum, onCluster(DESCRIBE)],
  [ApiKey.ListPartitionReassignments, onCluster(DESCRIBE)],
  [ApiKey.ElectLeaders, onCluster(ALTER)],
  [ApiKey.AlterPartitionReassignments, onCluster(ALTER)],
  [ApiKey.UnregisterBroker, onCluster(ALTER)],
  [ApiKey.UpdateFeatures, onCluster(ALTER)],
  [ApiKey.AddRaftVoter, onCluster(ALTER)],
  [ApiKey.RemoveRaftVoter, onCluster(ALTER)],
  [ApiKey.AlterUserScramCredentials, onCluster(ALTER)],
  [ApiKey.AlterClientQuotas, onCluster(ALTER_CONFIGS)],
])

export function checkedOnBroker(handlers: readonly Handler[], access: Access): Handler[] {
  return handlers.map((served) => checked(served, access, OF_BROKERS))
}

export function checkedOnController(handlers: readonly Handler[], access: Access): Handler[] {
  return handlers.map((served) => checked(served, access, OF_CONTROLLERS))
}

function checked(served: Handler, access: Access, checks: ReadonlyMap<number, Check>): Handler {
  const check = checks.get(served.api.key)
  if (!access.isOn || check === undefined) return served
  return {
    ...served,
    handle: (request, context) => {
      try {
        check(access, context, request)
      } catch (error) {
        const denial = error instanceof KafkaError ? denialOf(request, context, error) : undefined
        if (denial !== undefined) return denial
        throw error
      }
      return served.handle(request, context)
    },
  }
}

function onCluster(operation: number): Check {
  return (access, context) => {
    if (!access.mayCluster(context, operation)) throw needs(operation)
  }
}

function readsGroup(access: Access, context: RequestContext, request: unknown): void {
  const { groupId } = request as { readonly groupId: string }
  if (!mayReadGroup(access, context, groupId)) throw new KafkaError('GROUP_AUTHORIZATION_FAILED')
}

/** From here on a member has to say which protocol it believes in; one that does not is told so first. */
const PROTOCOL_REQUIRED_SINCE = 5

function syncs(access: Access, context: RequestContext, request: unknown): void {
  const { protocolType, protocolName } = request as SyncGroupRequestData
  const isNamed = protocolType !== null && protocolName !== null
  if (isNamed || context.apiVersion < PROTOCOL_REQUIRED_SINCE) readsGroup(access, context, request)
}

function deletesFromGroup(access: Access, context: RequestContext, request: unknown): void {
  const { groupId } = request as { readonly groupId: string }
  if (!access.may(context, DELETE, ResourceType.GROUP, groupId)) throw new KafkaError('GROUP_AUTHORIZATION_FAILED')
}

function writesTransaction(access: Access, context: RequestContext, request: unknown): void {
  const { transactionalId } = request as { readonly transactionalId: string }
  if (!access.may(context, WRITE, ResourceType.TRANSACTIONAL_ID, transactionalId)) {
    throw new KafkaError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
  }
}

function takesOffsets(access: Access, context: RequestContext, request: unknown): void {
  writesTransaction(access, context, request)
  readsGroup(access, context, request as AddOffsetsToTxnRequestData | TxnOffsetCommitRequestData)
}

/** Who may write to any topic may do so idempotently (KIP-679). */
function initsProducer(access: Access, context: RequestContext, request: unknown): void {
  const { transactionalId, enable2Pc } = request as InitProducerIdRequestData
  if (transactionalId !== null) {
    writesTransaction(access, context, request)
    const { TWO_PHASE_COMMIT } = AclOperation
    if (enable2Pc && !access.may(context, TWO_PHASE_COMMIT, ResourceType.TRANSACTIONAL_ID, transactionalId)) {
      throw new KafkaError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
    }
  } else if (
    !access.mayCluster(context, AclOperation.IDEMPOTENT_WRITE, 'silent') &&
    !access.mayOnAny(context, WRITE, ResourceType.TOPIC)
  ) {
    throw new KafkaError('CLUSTER_AUTHORIZATION_FAILED')
  }
}

/** From here on only brokers ask. */
const BROKERS_SINCE = 4

function addsPartitions(access: Access, context: RequestContext): void {
  if (context.apiVersion >= BROKERS_SINCE) onCluster(CLUSTER_ACTION)(access, context, undefined)
}

/** Of brokers, and of administrators who end a transaction that hangs. */
function writesMarkers(access: Access, context: RequestContext): void {
  if (!access.mayCluster(context, ALTER, 'silent')) onCluster(CLUSTER_ACTION)(access, context, undefined)
}
