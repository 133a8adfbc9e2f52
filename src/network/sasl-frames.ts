import { ByteReader, type Piece } from '../base/bytes.ts'
import { ProtocolError } from '../base/errors.ts'
import { type Api, apiOf, requestHeaderVersion } from '../protocol/apis.ts'
import type { ReplySlot, SentListener } from '../protocol/frame-handler.ts'
import { RequestHeader } from '../protocol/messages/headers.ts'

export interface ParsedHeader {
  readonly api: Api
  readonly version: number
  readonly correlationId: number
  /** At the request's body. */
  readonly reader: ByteReader
}

/** Undefined: the frame is no request of Kafka's protocol. */
export function parseHeader(frame: Buffer): ParsedHeader | undefined {
  if (frame.length < 8) return undefined
  const api = apiOf(frame.readInt16BE(0))
  if (api === undefined) return undefined
  const version = frame.readInt16BE(2)
  const reader = new ByteReader(frame)
  try {
    const { correlationId } = RequestHeader.decode(reader, requestHeaderVersion(api, version))
    return { api, version, correlationId, reader }
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}

/** Tells when its request has its outcome, and what was answered. */
export class WatchedSlot implements ReplySlot {
  readonly takesLate: boolean
  readonly arrivedMs?: number
  readonly #slot: ReplySlot
  readonly #settled: (answer: { readonly errorCode?: number } | undefined) => void
  #answer: { readonly errorCode?: number } | undefined

  constructor(slot: ReplySlot, settled: (answer: { readonly errorCode?: number } | undefined) => void) {
    this.#slot = slot
    this.#settled = settled
    this.takesLate = slot.takesLate === true
    if (slot.arrivedMs !== undefined) this.arrivedMs = slot.arrivedMs
  }

  answering(answer: unknown): void {
    this.#answer = answer as { readonly errorCode?: number }
    this.#slot.answering?.(answer)
  }

  send(pieces: readonly Piece[], release?: () => void, listener?: SentListener): void {
    this.#slot.send(pieces, release, listener)
    this.#settled(this.#answer)
  }

  skip(): void {
    this.#slot.skip()
    this.#settled(undefined)
  }

  throttle(ms: number): void {
    this.#slot.throttle?.(ms)
  }

  close(reason: string | undefined): void {
    this.#slot.close(reason)
    this.#settled(undefined)
  }

  onAbandoned(run: () => void): void {
    this.#slot.onAbandoned?.(run)
  }
}
