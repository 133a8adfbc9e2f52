import { ByteReader } from '../../base/bytes.ts'
import { ErrorCode, type ErrorName, KafkaError, ProtocolError } from '../../base/errors.ts'
import { ApiKey, apiOf, requestHeaderVersion } from '../../protocol/apis.ts'
import type { ConnectionInfo } from '../../protocol/frame-handler.ts'
import { EnvelopeRequest, type EnvelopeRequestData, EnvelopeResponse } from '../../protocol/messages/envelope.ts'
import { RequestHeader } from '../../protocol/messages/headers.ts'
import { saysError } from '../../protocol/says-error.ts'
import { FORWARDABLE } from '../forwarding.ts'
import { type Handler, handler } from '../handler.ts'
import { addressText } from '../ip-address.ts'
import type { LocalAnswer } from '../local-dispatch.ts'
import { decodePrincipal } from '../principal.ts'

export interface EnvelopeDeps {
  /** What this listener serves. */
  readonly answer: (frame: Buffer, connection: ConnectionInfo) => Promise<LocalAnswer>
}

/** A request that a broker passes on for its client (KIP-590): answered as if the client had sent it here. */
export function envelopeHandler({ answer }: EnvelopeDeps): Handler {
  return handler(ApiKey.Envelope, EnvelopeRequest, EnvelopeResponse, async (request, { connection }) => {
    const client = clientOf(request, connection)
    checkForwardable(request.requestData)
    const { frame, answer: value } = await answer(request.requestData, client).catch(unreadable)
    // The broker then asks the controller that is active by now.
    if (saysError(value, ErrorCode.NOT_CONTROLLER)) return { responseData: null, errorCode: ErrorCode.NOT_CONTROLLER }
    return { responseData: frame, errorCode: 0 }
  })
}

function clientOf({ requestPrincipal, clientHostAddress }: EnvelopeRequestData, via: ConnectionInfo): ConnectionInfo {
  const peerAddress = addressText(clientHostAddress)
  if (peerAddress === undefined) throw new KafkaError('INVALID_REQUEST')
  return {
    ...via,
    peerAddress,
    isForwarded: true,
    ...orError('PRINCIPAL_DESERIALIZATION_FAILURE', () => decodePrincipal(requestPrincipal ?? Buffer.alloc(0))),
  }
}

function checkForwardable(frame: Buffer): void {
  const api = orError('UNSUPPORTED_VERSION', () => {
    const [key, version] = [new ByteReader(frame).int16(), new ByteReader(frame, 2).int16()]
    const known = apiOf(key)
    if (!known?.request.supports(version)) throw new ProtocolError(`no API ${key} v${version}`)
    RequestHeader.decode(new ByteReader(frame), requestHeaderVersion(known, version))
    return known
  })
  if (!FORWARDABLE.has(api.key)) throw new KafkaError('INVALID_REQUEST')
}

function unreadable(error: unknown): never {
  throw error instanceof ProtocolError ? new KafkaError('UNSUPPORTED_VERSION') : error
}

function orError<T>(error: ErrorName, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof ProtocolError) throw new KafkaError(error)
    throw cause
  }
}
