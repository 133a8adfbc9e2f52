import { KafkaError } from '../../base/errors.ts'
import { metadataVersionOf, supportsDelegationTokens } from '../features.ts'
import type { MetadataImage } from '../image.ts'
import type { DelegationTokenImage } from '../image-types.ts'
import type { ControllerEnv, Manager } from '../manager.ts'
import { type MetadataRecord, metadataRecord } from '../records.ts'
import type { DelegationTokenCommands } from './commands.ts'
import { isExpired, TokenHmacs } from './token-hmacs.ts'

/** Of a controller that has a delegation.token.secret.key. */
export interface DelegationTokenSettings {
  readonly secretKey: string
  /** delegation.token.max.lifetime.ms */
  readonly maxLifetimeMs: number
  /** delegation.token.expiry.time.ms */
  readonly expiryTimeMs: number
  /** delegation.token.expiry.check.interval.ms */
  readonly checkIntervalMs: number
}

/** Delegation tokens (KIP-48): each command is refused where the controller has no key. */
export function delegationTokenManager(
  settings: DelegationTokenSettings | undefined,
): Manager<DelegationTokenCommands> {
  const hmacs = new TokenHmacs(settings?.secretKey ?? '')

  function enabled(image: MetadataImage): DelegationTokenSettings {
    if (settings === undefined) throw new KafkaError('DELEGATION_TOKEN_AUTH_DISABLED')
    if (!supportsDelegationTokens(metadataVersionOf(image))) throw new KafkaError('UNSUPPORTED_VERSION')
    return settings
  }

  function known(image: MetadataImage, hmac: Buffer): DelegationTokenImage {
    const token = hmacs.find(image.delegationTokens, hmac)
    if (token === undefined) throw new KafkaError('DELEGATION_TOKEN_NOT_FOUND')
    return token
  }

  return {
    createDelegationToken({ owner, requester, renewers, maxLifetimeMs: asked }, { image, wallMs: nowMs, random }) {
      const { maxLifetimeMs, expiryTimeMs } = enabled(image)
      const maxTimestamp = sum(nowMs, asked > 0 ? Math.min(maxLifetimeMs, asked) : maxLifetimeMs)
      const expirationTimestamp = Math.min(maxTimestamp, sum(nowMs, expiryTimeMs))
      if (renewers.some((renewer) => !renewer.startsWith('User:'))) throw new KafkaError('INVALID_PRINCIPAL_TYPE')
      const tokenId = random.uuid()
      hmacs.trim(image.delegationTokens)
      const times = { issueTimestamp: nowMs, maxTimestamp, expirationTimestamp }
      return {
        records: [metadataRecord('DelegationTokenRecord', { owner, requester, renewers, tokenId, ...times })],
        reply: {
          owner,
          requester,
          tokenId,
          hmac: hmacs.of(tokenId),
          issueTimestampMs: nowMs,
          expiryTimestampMs: expirationTimestamp,
          maxTimestampMs: maxTimestamp,
        },
      }
    },

    renewDelegationToken({ principal, hmac, renewPeriodMs }, { image, wallMs: nowMs }) {
      const { expiryTimeMs } = enabled(image)
      const token = known(image, hmac)
      if (isExpired(token, nowMs)) throw new KafkaError('DELEGATION_TOKEN_EXPIRED')
      checkRenewer(token, principal)
      const period = renewPeriodMs > 0 ? Math.min(expiryTimeMs, renewPeriodMs) : expiryTimeMs
      return expiringAt(token, sum(nowMs, period))
    },

    expireDelegationToken({ principal, hmac, expiryPeriodMs }, { image, wallMs: nowMs }) {
      enabled(image)
      const token = known(image, hmac)
      checkRenewer(token, principal)
      if (expiryPeriodMs < 0) return { records: [removal(token)], reply: { expiryTimestampMs: nowMs } }
      if (isExpired(token, nowMs)) throw new KafkaError('DELEGATION_TOKEN_EXPIRED')
      return expiringAt(token, sum(nowMs, expiryPeriodMs))
    },
  }
}

function checkRenewer({ owner, renewers }: DelegationTokenImage, principal: string): void {
  if (owner !== principal && !renewers.includes(principal)) throw new KafkaError('DELEGATION_TOKEN_OWNER_MISMATCH')
}

function expiringAt(token: DelegationTokenImage, atMs: number) {
  const expirationTimestamp = Math.min(token.maxTimestamp, atMs)
  return {
    records: [metadataRecord('DelegationTokenRecord', { ...token, expirationTimestamp })],
    reply: { expiryTimestampMs: expirationTimestamp },
  }
}

function removal({ tokenId }: DelegationTokenImage): MetadataRecord {
  return metadataRecord('RemoveDelegationTokenRecord', { tokenId })
}

/** A duration may be as long as an int64 allows. */
function sum(nowMs: number, durationMs: number): number {
  return Math.min(nowMs + durationMs, Number.MAX_SAFE_INTEGER)
}

/** Records that remove what has expired. */
export function expiredTokens(image: MetadataImage, nowMs: number): MetadataRecord[] {
  const expired = [...image.delegationTokens.values()].filter((token) => isExpired(token, nowMs))
  return expired.slice(0, MAX_REMOVED).map(removal)
}

/** In one go: as many records as are written all or nothing. */
const MAX_REMOVED = 5_000

/** Looks for expired tokens in intervals, as the active controller does. */
export class TokenSweep {
  readonly #intervalMs: number
  #dueMs = Number.POSITIVE_INFINITY

  constructor(settings: DelegationTokenSettings | undefined) {
    this.#intervalMs = settings?.checkIntervalMs ?? Number.POSITIVE_INFINITY
  }

  activate(nowMs: number): void {
    this.#dueMs = nowMs + this.#intervalMs
  }

  tick({ image, nowMs, wallMs }: ControllerEnv): readonly MetadataRecord[] {
    if (nowMs < this.#dueMs) return []
    const records = expiredTokens(image, wallMs)
    // More than fit into one go are due at once.
    this.#dueMs = records.length === MAX_REMOVED ? nowMs : nowMs + this.#intervalMs
    return records
  }

  deadlineMs(): number {
    return this.#dueMs
  }
}
