import { ByteReader } from '../base/bytes.ts'
import { KafkaError } from '../base/errors.ts'
import type { ForeignKind } from './kinds.ts'
import type { ForeignRecord, GroupRecord } from './records.ts'

/** Record types by what they say, the same for each kind of group. */
const EPOCH_TYPES = new Set([11])
const MEMBER_TYPES = new Set([10])
const ASSIGNMENT_EPOCH_TYPES = new Set([12])
const CURRENT_MEMBER_TYPES = new Set([14])
/** Of a current assignment's state field. */
const MEMBER_STABLE = 0

/**
 * A share group, as far as its records tell: enough to list it, to guard its offsets and to delete
 * it when it is empty. Its records stay as they are.
 */
export class ForeignGroup {
  readonly groupId: string
  readonly kind: ForeignKind
  readonly #records = new Map<string, ForeignRecord>()
  readonly #members = new Set<string>()
  readonly #memberEpochs = new Map<string, { readonly epoch: number; readonly stable: boolean }>()
  #epoch = 0
  #assignmentEpoch = 0

  constructor(groupId: string, kind: ForeignKind) {
    this.groupId = groupId
    this.kind = kind
  }

  get isEmpty(): boolean {
    return this.#members.size === 0
  }

  /** No record is left: it can be forgotten. */
  get isGone(): boolean {
    return this.#records.size === 0
  }

  get state(): string {
    if (this.isEmpty) return 'Empty'
    if (this.kind === 'share') return 'Stable'
    if (this.#epoch > this.#assignmentEpoch) return 'Assigning'
    for (const memberId of this.#members) {
      const member = this.#memberEpochs.get(memberId)
      if (member === undefined || !member.stable || member.epoch !== this.#assignmentEpoch) return 'Reconciling'
    }
    return 'Stable'
  }

  replay(record: ForeignRecord): void {
    const key = record.key.toString('latin1')
    if (record.value === null) this.#records.delete(key)
    else this.#records.set(key, record)
    if (MEMBER_TYPES.has(record.recordType)) {
      if (record.value === null) this.#members.delete(record.part)
      else this.#members.add(record.part)
    }
    if (record.value === null) this.#memberGone(record)
    else this.#valueOf(record, new ByteReader(record.value))
  }

  #memberGone(record: ForeignRecord): void {
    if (CURRENT_MEMBER_TYPES.has(record.recordType)) this.#memberEpochs.delete(record.part)
  }

  #valueOf({ recordType, part }: ForeignRecord, value: ByteReader): void {
    value.int16()
    if (EPOCH_TYPES.has(recordType)) this.#epoch = value.int32()
    else if (ASSIGNMENT_EPOCH_TYPES.has(recordType)) this.#assignmentEpoch = value.int32()
    else if (CURRENT_MEMBER_TYPES.has(recordType)) {
      const epoch = value.int32()
      value.int32()
      this.#memberEpochs.set(part, { epoch, stable: value.int8() === MEMBER_STABLE })
    }
  }

  /** An offset commit by a member, or by nobody while there are no members. */
  validateCommit(memberId: string, memberEpoch: number): void {
    if (memberEpoch < 0 && this.isEmpty) return
    this.#validateMember(memberId, memberEpoch)
  }

  validateFetch(memberId: string | null, memberEpoch: number): void {
    if (memberId === null && memberEpoch < 0) return
    this.#validateMember(memberId ?? '', memberEpoch)
  }

  #validateMember(memberId: string, memberEpoch: number): void {
    if (!this.#members.has(memberId)) throw new KafkaError('UNKNOWN_MEMBER_ID')
    if (this.#memberEpochs.get(memberId)?.epoch !== memberEpoch) throw new KafkaError('STALE_MEMBER_EPOCH')
  }

  tombstones(): GroupRecord[] {
    return [...this.#records.values()].map((record) => ({ ...record, value: null }))
  }
}
