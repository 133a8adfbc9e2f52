import { ByteReader, ByteWriter } from '../base/bytes.ts'
import { ProtocolError } from '../base/errors.ts'
import { DefaultPrincipalData } from '../protocol/stored/principal.ts'

/** `User:name`, and whether a delegation token says so. */
export interface Identity {
  readonly principal: string
  readonly tokenAuthenticated: boolean
}

/** In the bytes that Kafka's own principal builder makes of it: a version, then the message. */
export function encodePrincipal({ principal, tokenAuthenticated }: Identity): Buffer {
  const colon = principal.indexOf(':')
  const version = DefaultPrincipalData.versions.max
  const writer = new ByteWriter()
  writer.int16(version)
  const data = { type: principal.slice(0, colon), name: principal.slice(colon + 1), tokenAuthenticated }
  DefaultPrincipalData.encode(writer, data, version)
  return writer.toBuffer()
}

/** @throws ProtocolError where the bytes are none */
export function decodePrincipal(bytes: Buffer): Identity {
  const reader = new ByteReader(bytes)
  const version = reader.int16()
  if (!DefaultPrincipalData.supports(version)) throw new ProtocolError(`a principal of version ${version}`)
  const { type, name, tokenAuthenticated } = DefaultPrincipalData.decode(reader, version)
  return { principal: `${type}:${name}`, tokenAuthenticated }
}
