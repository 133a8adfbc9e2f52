import { KafkaError } from '../base/errors.ts'

/** Where a group begins before it has a record. */
const FIRST_EPOCH = 1

/** As good as never: changes of the metadata ask for a refresh themselves. */
const METADATA_REFRESH_MS = 2 ** 31 - 1

interface TargetEpoch {
  readonly assignmentEpoch: number
  readonly assignmentTimestamp: number
}

/**
 * What the groups whose members have epochs (consumer, streams, share) hold alike: what members ask makes the group's epoch
 * grow, and a target assignment is computed for that epoch.
 */
export abstract class EpochGroup<Member, Target> {
  abstract readonly kind: 'consumer' | 'share' | 'streams'
  readonly groupId: string
  readonly members = new Map<string, Member>()
  readonly targets = new Map<string, Target>()
  groupEpoch = FIRST_EPOCH
  metadataHash = 0n
  assignmentEpoch = FIRST_EPOCH
  /** When the target was computed; 0: not known. */
  assignmentTimestamp = 0
  /** The metadata is looked at again after it, or when the group is not in this epoch yet. Soft. */
  #refresh = { deadlineMs: 0, epoch: 0 }

  constructor(groupId: string) {
    this.groupId = groupId
  }

  get isEmpty(): boolean {
    return this.members.size === 0
  }

  /** @throws KafkaError UNKNOWN_MEMBER_ID */
  member(memberId: string): Member {
    const member = this.members.get(memberId)
    if (member) return member
    throw new KafkaError('UNKNOWN_MEMBER_ID', `Member ${memberId} is not a member of group ${this.groupId}.`)
  }

  isRefreshDue(nowMs: number): boolean {
    return nowMs >= this.#refresh.deadlineMs || this.groupEpoch < this.#refresh.epoch
  }

  /** The metadata has been looked at, for what the group is about to be in this epoch. */
  refreshed(nowMs: number, epoch: number): void {
    this.#refresh = { deadlineMs: nowMs + METADATA_REFRESH_MS, epoch }
  }

  requestRefresh(): void {
    this.#refresh = { deadlineMs: 0, epoch: 0 }
  }

  protected replayEpoch({ epoch, metadataHash }: { readonly epoch: number; readonly metadataHash: bigint }): void {
    this.groupEpoch = epoch
    this.metadataHash = metadataHash
  }

  protected replayTargetEpoch(value: TargetEpoch | null): void {
    this.assignmentEpoch = value?.assignmentEpoch ?? -1
    this.assignmentTimestamp = value?.assignmentTimestamp ?? 0
  }
}
