import type { ErrorName } from '../base/errors.ts'
import { controlRaftBatch, kraftVersionRecord, votersRecord } from './control-batches.ts'
import type { Leader } from './leader.ts'
import type {
  AddVoterRequest,
  ApiVersionsReply,
  RaftRequest,
  RemoveVoterRequest,
  UpdateVoterRequest,
} from './messages.ts'
import type { Raft } from './raft.ts'
import { SUPPORTED_KRAFT_VERSIONS } from './settings.ts'
import type { Endpoint, FailureReason, RaftEvent, Token, Voter, Voters } from './types.ts'
import {
  addVoterReply,
  endpointsText,
  MESSAGES,
  NO_DIRECTORY,
  removeVoterReply,
  supportsVersion,
  voterKeysText,
} from './voter-texts.ts'
import { keyOf, replicaText, sameReplica } from './voters.ts'

/** A change of the voters that is under way; a second one has to wait until it is committed or has timed out. */
interface Change {
  readonly type: 'add-voter' | 'remove-voter'
  /** Undefined: answered already. */
  token: Token | undefined
  readonly add: AddVoterRequest | undefined
  /** The ApiVersions request that asks the new voter what it supports. */
  asked: number | undefined
  /** Of its VotersRecord; undefined: not in the log yet. */
  offset: number | undefined
  readonly untilMs: number
}

/**
 * KIP-853: the leader changes who votes, one voter at a time, so that any majority of before and any of after have a voter in common.
 * A change counts as soon as it is in the log. None is begun before something of this leader's epoch is committed.
 */
export class LeaderVoters {
  readonly #raft: Raft
  readonly #leader: Leader
  #change: Change | undefined
  /** kraft.version 0: what voters told of themselves, for the log when the version is raised. */
  #volatile: Voters
  /** Raised, and not committed yet. */
  #isUpgrading = false

  constructor(raft: Raft, leader: Leader) {
    this.#raft = raft
    this.#leader = leader
    const { self, options } = raft
    const own = { voterDirectoryId: self.directoryId, kRaftVersionFeature: SUPPORTED_KRAFT_VERSIONS }
    this.#volatile = raft.voters.voters.map((voter) => {
      if (voter.voterId !== self.id) return voter
      return { ...voter, ...own, endpoints: options.endpoints.length > 0 ? [...options.endpoints] : voter.endpoints }
    })
  }

  get deadlineMs(): number {
    return this.#change?.untilMs ?? Number.POSITIVE_INFINITY
  }

  poll(): void {
    if (this.#change && this.#raft.nowMs >= this.#change.untilMs) this.#finish('REQUEST_TIMED_OUT', null)
  }

  serve(token: Token, request: RaftRequest): void {
    this.poll()
    if (request.type === 'add-voter') this.#add(token, request)
    else if (request.type === 'remove-voter') this.#remove(token, request)
    else if (request.type === 'update-voter') {
      this.#raft.reply(token, { type: 'update-voter', ...this.#raft.hint(this.#update(request)) }, 'afterSync')
    }
  }

  /** What stands against any change at the moment. */
  #obstacle(kind: 'adding' | 'removing'): { readonly error: ErrorName; readonly message: string } | undefined {
    const { highWatermark } = this.#leader
    const { history, voters } = this.#raft
    const { kraftVersion } = voters.source
    if (this.#change) return { error: 'REQUEST_TIMED_OUT', message: MESSAGES.previousChange }
    if (highWatermark === undefined) return { error: 'REQUEST_TIMED_OUT', message: MESSAGES.noHighWatermark }
    if (kraftVersion === 0) {
      const message = `Cluster doesn't support ${kind} voter because the kraft.version feature is ${kraftVersion}`
      return { error: 'UNSUPPORTED_VERSION', message }
    }
    const offset = history.lastVotersOffset
    if (offset < highWatermark) return undefined
    const message = `Request timed out waiting for voters to commit the latest voter change at Optional[${offset}] with HWM ${highWatermark}`
    return { error: 'REQUEST_TIMED_OUT', message }
  }

  #add(token: Token, request: AddVoterRequest): void {
    const { voter, endpoints } = request
    const raft = this.#raft
    const refuse = (error: ErrorName, message: string) => raft.reply(token, addVoterReply(error, message))
    const isKey = voter.id >= 0 && voter.directoryId !== NO_DIRECTORY
    if (!isKey) {
      refuse('INVALID_REQUEST', "Add voter request didn't include a valid voter")
      return
    }
    const to = this.#defaultTarget(voter.id, endpoints)
    if (!to) {
      const { listenerName } = raft.options
      const given = endpointsText(endpoints)
      refuse(
        'INVALID_REQUEST',
        `Add voter request didn't include the endpoint (${given}) for the default listener ${listenerText(listenerName)}`,
      )
      return
    }
    const obstacle = this.#obstacle('adding')
    if (obstacle) {
      refuse(obstacle.error, obstacle.message)
      return
    }
    if (raft.voters.withId(voter.id)) {
      const keys = voterKeysText(raft.voters.keys)
      refuse('DUPLICATE_VOTER', `The voter id for ${replicaText(voter)} is already part of the set of voters ${keys}.`)
      return
    }
    if (!raft.requests.isReady(to, raft.nowMs)) {
      refuse('REQUEST_TIMED_OUT', `New voter ${replicaText(voter)} is not ready to receive requests`)
      return
    }
    const asked = raft.request(to, { type: 'api-versions' }, 'now')
    const untilMs = raft.nowMs + raft.options.requestTimeoutMs
    this.#change = { type: 'add-voter', token, add: request, asked, offset: undefined, untilMs }
  }

  #defaultTarget(id: number, endpoints: readonly Endpoint[]) {
    const endpoint = endpoints.find(({ name }) => name === this.#raft.options.listenerName)
    return endpoint && this.#raft.target(id, [endpoint])
  }

  versions(id: number, { error, kraftVersion }: ApiVersionsReply): void {
    const change = this.#change
    if (change?.asked !== id || !change.add) return
    change.asked = undefined
    const { voter, endpoints, ackWhenCommitted } = change.add
    if (error !== 'NONE') {
      this.#refusedToTell(error)
      return
    }
    const level = this.#raft.voters.source.kraftVersion
    if (!kraftVersion || !supportsVersion(kraftVersion, level)) {
      const range = kraftVersion
        ? `(min: ${kraftVersion.minSupportedVersion}, max: ${kraftVersion.maxSupportedVersion}`
        : '(min: 0, max: 0)'
      const message = `Aborted add voter operation for ${replicaText(voter)} since the kraft.version range ${range} doesn't support the finalized version ${level}`
      this.#finish('INVALID_REQUEST', message)
      return
    }
    // A voter that is far behind would hold up what it takes a majority for.
    if (!this.#leader.replicas.isCaughtUp(voter)) {
      this.#finish(
        'REQUEST_TIMED_OUT',
        `Aborted add voter operation for ${replicaText(voter)} since it is lagging behind`,
      )
      return
    }
    const added: Voter = {
      voterId: voter.id,
      voterDirectoryId: voter.directoryId,
      endpoints: [...endpoints],
      kRaftVersionFeature: kraftVersion,
    }
    change.offset = this.#write([...this.#raft.voters.voters, added])
    if (!ackWhenCommitted) this.#answer(change, 'NONE', null)
  }

  versionsFailed(id: number, reason: FailureReason): void {
    if (this.#change?.asked !== id) return
    this.#refusedToTell(reason === 'unsupported' ? 'UNSUPPORTED_VERSION' : 'BROKER_NOT_AVAILABLE')
  }

  #refusedToTell(error: ErrorName): void {
    this.#finish('REQUEST_TIMED_OUT', `Aborted add voter operation for since API_VERSIONS returned an error ${error}`)
  }

  #remove(token: Token, { voter }: RemoveVoterRequest): void {
    const raft = this.#raft
    const refuse = (error: ErrorName, message: string) => raft.reply(token, removeVoterReply(error, message))
    if (voter.id < 0 || voter.directoryId === NO_DIRECTORY) {
      refuse('INVALID_REQUEST', "Remove voter request didn't include a valid voter")
      return
    }
    const obstacle = this.#obstacle('removing')
    if (obstacle) {
      refuse(obstacle.error, obstacle.message)
      return
    }
    const { voters } = raft.voters
    const rest = voters.filter((other) => !sameReplica(keyOf(other), voter))
    // The last voter stays: without one nothing can ever be committed again.
    if (rest.length === voters.length || rest.length === 0) {
      const keys = voterKeysText(raft.voters.keys)
      refuse('VOTER_NOT_FOUND', `Cannot remove voter ${replicaText(voter)} from the set of voters ${keys}`)
      return
    }
    const untilMs = raft.nowMs + raft.options.requestTimeoutMs
    this.#change = { type: 'remove-voter', token, add: undefined, asked: undefined, offset: undefined, untilMs }
    this.#change.offset = this.#write(rest)
  }

  #update(request: UpdateVoterRequest): ErrorName {
    const { voter, endpoints, kRaftVersionFeature: range } = request
    const { history, voters } = this.#raft
    const { minSupportedVersion: min, maxSupportedVersion: max } = range
    const isComplete = voter.id >= 0 && voter.directoryId !== NO_DIRECTORY && this.#defaultTarget(voter.id, endpoints)
    if (!isComplete || min < 0 || max < min) return 'INVALID_REQUEST'
    const { highWatermark } = this.#leader
    if (this.#change || highWatermark === undefined) return 'REQUEST_TIMED_OUT'
    const { kraftVersion } = voters.source
    const isDynamic = kraftVersion > 0
    if (isDynamic ? history.lastVotersOffset >= highWatermark : this.#isUpgrading) return 'REQUEST_TIMED_OUT'
    if (!supportsVersion(range, kraftVersion)) return 'INVALID_REQUEST'
    const current = isDynamic ? voters.voters : this.#volatile
    const known = current.find((other) => (isDynamic ? sameReplica(keyOf(other), voter) : other.voterId === voter.id))
    if (!known) return 'VOTER_NOT_FOUND'
    const updated = {
      ...known,
      voterDirectoryId: voter.directoryId,
      endpoints: [...endpoints],
      kRaftVersionFeature: range,
    }
    const all = current.map((other) => (other === known ? updated : other))
    if (isDynamic) this.#write(all)
    else this.#volatile = all
    this.#leader.replicas.heardFrom(voter)
    return 'NONE'
  }

  /** kraft.version 0 → 1: the voters and how they are reached move into the log. */
  upgrade({ token, version, validateOnly }: RaftEvent & { readonly type: 'upgradeKraftVersion' }): void {
    const { kraftVersion } = this.#raft.voters.source
    const done = (error: ErrorName, message: string | null, when: 'now' | 'afterSync' = 'now') =>
      this.#raft.reply(token, { type: 'upgrade-kraft-version', error, message }, when)
    if (version === kraftVersion) done('NONE', null)
    else if (version < kraftVersion) {
      const message = `Invalid upgrade of kraft.version from version ${kraftVersion} to ${version} because the new version is a downgrade`
      done('INVALID_UPDATE_VERSION', message)
    } else if (version !== 1 || !this.#volatile.every((voter) => supportsVersion(voter.kRaftVersionFeature, version))) {
      const message = `Invalid upgrade of kraft.version to ${version} because not all of the voters support it`
      done('INVALID_UPDATE_VERSION', message)
    } else if (this.#volatile.some((voter) => voter.voterDirectoryId === NO_DIRECTORY)) {
      const keys = voterKeysText(this.#volatile.map(keyOf))
      done('UNKNOWN_SERVER_ERROR', `Directory id must be known for all of the voters: ${keys}`)
    } else {
      if (!validateOnly) this.#raise(version)
      done('NONE', null)
    }
  }

  #raise(version: number): void {
    const { logEnd, epoch, wallMs } = this.#raft
    this.#isUpgrading = true
    const records = [kraftVersionRecord(version), votersRecord(this.#volatile)]
    this.#leader.append(controlRaftBatch(logEnd.offset, epoch, wallMs, records), [
      { offset: logEnd.offset, kraftVersion: version },
      { offset: logEnd.offset + 1, voters: this.#volatile },
    ])
  }

  #write(voters: Voters): number {
    const { logEnd, epoch, wallMs } = this.#raft
    const { offset } = logEnd
    this.#leader.append(controlRaftBatch(offset, epoch, wallMs, [votersRecord(voters)]), [{ offset, voters }])
    return offset
  }

  committed(highWatermark: number): void {
    const change = this.#change
    if (change?.offset === undefined || highWatermark <= change.offset) return
    this.#finish('NONE', null)
    if (!this.#raft.isVoter) this.#leader.leave()
  }

  #finish(error: ErrorName, message: string | null): void {
    const change = this.#change
    this.#change = undefined
    if (change) this.#answer(change, error, message)
  }

  #answer(change: Change, error: ErrorName, message: string | null): void {
    const { token, type } = change
    if (token === undefined) return
    change.token = undefined
    this.#raft.reply(
      token,
      type === 'add-voter' ? addVoterReply(error, message) : removeVoterReply(error, message),
      'afterSync',
    )
  }

  refuseAll(): void {
    this.#finish('NOT_LEADER_OR_FOLLOWER', null)
  }
}

function listenerText(name: string): string {
  return `ListenerName(${name})`
}
