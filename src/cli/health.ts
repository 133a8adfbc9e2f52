import { connect, type Socket } from 'node:net'
import { ByteReader, ByteWriter } from '../base/bytes.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { ListenerConfig } from '../config/listeners.ts'
import { FrameSplitter } from '../protocol/frame.ts'
import { ApiVersionsRequest, ApiVersionsResponse } from '../protocol/messages/api-versions.ts'
import { RequestHeader } from '../protocol/messages/headers.ts'
import { MetadataRequest, MetadataResponse } from '../protocol/messages/metadata.ts'
import type { Message } from '../protocol/schema.ts'
import { UserError } from './user-error.ts'

const TIMEOUT_MS = 4_000
const API_VERSIONS = { key: 18, version: 0, request: ApiVersionsRequest, response: ApiVersionsResponse }
const METADATA = { key: 3, version: 8, request: MetadataRequest, response: MetadataResponse }

/**
 * Asks the node of this configuration, on this machine, what a client asks first. A broker is healthy once it finds itself
 * among the brokers that clients may use: registered and not fenced. Throws what is wrong.
 */
export async function checkHealth(config: BrokerConfig): Promise<string> {
  const listener = listenerToAsk(config)
  const { port } = listener
  const host = /^(|0\.0\.0\.0|::)$/.test(listener.host) ? 'localhost' : listener.host
  const socket = await opened(host, port)
  try {
    const versions = await ask(socket, API_VERSIONS, {})
    if (versions.errorCode !== 0) throw new UserError(`ApiVersions is answered with error ${versions.errorCode}.`)
    if (listener.role === 'controller') return `controller ${config.nodeId} answers on ${host}:${port}`
    const { brokers } = await ask(socket, METADATA, { topics: [], allowAutoTopicCreation: false })
    if (!brokers.some((broker) => broker.nodeId === config.nodeId)) {
      throw new UserError(`Broker ${config.nodeId} answers on ${host}:${port} but has not joined the cluster yet.`)
    }
    return `broker ${config.nodeId} answers on ${host}:${port}`
  } finally {
    socket.destroy()
  }
}

function listenerToAsk(config: BrokerConfig): ListenerConfig {
  const plain = config.listeners.filter(({ securityProtocol }) => securityProtocol === 'PLAINTEXT')
  const found = plain.find(({ role }) => role === 'broker') ?? plain[0]
  if (found === undefined) throw new UserError('Add a PLAINTEXT listener: the check of health speaks no TLS or SASL.')
  return found
}

function opened(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port })
    const fail = (why: string) => {
      socket.destroy()
      reject(new UserError(`Nothing answers on ${host}:${port} (${why}).`))
    }
    socket.setTimeout(TIMEOUT_MS, () => fail('timed out'))
    socket.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message))
    socket.once('connect', () => resolve(socket))
  })
}

interface Call<Req, ReqIn, Res, ResIn> {
  readonly key: number
  readonly version: number
  readonly request: Message<Req, ReqIn>
  readonly response: Message<Res, ResIn>
}

function ask<Req, ReqIn, Res, ResIn>(socket: Socket, call: Call<Req, ReqIn, Res, ResIn>, body: ReqIn): Promise<Res> {
  const writer = new ByteWriter()
  writer.int32(0)
  const header = {
    requestApiKey: call.key,
    requestApiVersion: call.version,
    correlationId: call.key,
    clientId: 'odradek-health',
  }
  // Neither version is a flexible one: the header is of version 1, that of the answer of version 0.
  RequestHeader.encode(writer, header, 1)
  call.request.encode(writer, body, call.version)
  writer.patchInt32(0, writer.length - 4)
  socket.write(writer.toBuffer())
  return new Promise((resolve, reject) => {
    const splitter = new FrameSplitter(1_000_000)
    socket.removeAllListeners('data')
    socket.on('data', (chunk: Buffer) =>
      splitter.push(chunk, (frame) => {
        const reader = new ByteReader(frame)
        reader.int32()
        resolve(call.response.decode(reader, call.version))
      }),
    )
    socket.once('close', () => reject(new UserError('The node closed the connection before it answered.')))
    socket.setTimeout(TIMEOUT_MS, () => reject(new UserError(`The node did not answer within ${TIMEOUT_MS} ms.`)))
  })
}
