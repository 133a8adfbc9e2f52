import { ByteReader, ByteWriter } from '../base/bytes.ts'
import { ProtocolError } from '../base/errors.ts'
import { type Api, requestHeaderVersion, responseHeaderVersion } from './apis.ts'
import { RequestHeader, ResponseHeader } from './messages/headers.ts'

export interface RequestMeta {
  readonly version: number
  readonly correlationId: number
  readonly clientId: string | null
}

/** A request as it goes over the wire, in pieces; its size first. */
export function encodeRequest(api: Api, { version, correlationId, clientId }: RequestMeta, body: unknown): Buffer[] {
  const writer = new ByteWriter()
  writer.int32(0)
  const header = { requestApiKey: api.key, requestApiVersion: version, correlationId, clientId }
  RequestHeader.encode(writer, header, requestHeaderVersion(api, version))
  api.request.encode(writer, body, version)
  writer.patchInt32(0, writer.length - 4)
  return writer.chunks()
}

/** The answer in a frame without its size. @throws ProtocolError where it is none, or the answer to something else */
export function decodeAnswer(api: Api, version: number, correlationId: number, frame: Buffer): unknown {
  const reader = new ByteReader(frame)
  const header = ResponseHeader.decode(reader, responseHeaderVersion(api, version))
  if (header.correlationId !== correlationId) {
    throw new ProtocolError(`the answer to request ${correlationId} has correlation id ${header.correlationId}`)
  }
  return api.response.decode(reader, version)
}
