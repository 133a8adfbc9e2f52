import { ByteWriter, type Piece } from '../base/bytes.ts'
import { type Api, responseHeaderVersion } from './apis.ts'

/** An answer as it goes over the wire, in pieces; its size first. */
export function encodeAnswer(api: Api, version: number, correlationId: number, answer: unknown): Piece[] {
  const writer = new ByteWriter()
  writer.int32(0)
  writer.int32(correlationId)
  if (responseHeaderVersion(api, version) === 1) writer.int8(0)
  api.response.encode(writer, answer, version)
  writer.patchInt32(0, writer.length - 4)
  return writer.pieces()
}
