import { ELR_VERSION, METADATA_VERSION, supportsTransactions } from './features.ts'
import { ConfigResource } from './image.ts'
import { type MetadataRecord, metadataRecord } from './records.ts'

export interface ActivationState {
  /** No record of an earlier time counts. */
  readonly isEmpty: boolean
  readonly transactionOpen: boolean
  /** What the log of a new cluster begins with: `bootstrap.checkpoint`. */
  readonly bootstrap: readonly MetadataRecord[]
  readonly minInsyncReplicas: number
}

/** What a new leader writes before anything else. */
export function activationRecords(state: ActivationState): MetadataRecord[] {
  const abort = state.transactionOpen
    ? [metadataRecord('AbortTransactionRecord', { reason: 'Controller failover' })]
    : []
  if (!state.isEmpty) return abort
  const levels = new Map(
    state.bootstrap.flatMap(({ type, data }) =>
      type === 'FeatureLevelRecord' ? [[data.name, data.featureLevel] as const] : [],
    ),
  )
  const records = [...state.bootstrap]
  if ((levels.get(ELR_VERSION) ?? 0) > 0) records.push(clusterMinIsr(state.minInsyncReplicas))
  if (!supportsTransactions(levels.get(METADATA_VERSION) ?? 0)) return [...abort, ...records]
  return [
    ...abort,
    metadataRecord('BeginTransactionRecord', { name: 'Bootstrap records' }),
    ...records,
    metadataRecord('EndTransactionRecord', {}),
  ]
}

/** KIP-966: eligible leaders need one min.insync.replicas for all brokers, so it becomes a dynamic config. */
function clusterMinIsr(minInsyncReplicas: number): MetadataRecord {
  return metadataRecord('ConfigRecord', {
    resourceType: ConfigResource.BROKER,
    resourceName: '',
    name: 'min.insync.replicas',
    value: String(minInsyncReplicas),
  })
}
