import { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { NetSocket } from './ports.ts'

const READ_BYTES = 128 * 1024
/** A frame that lacks less than this is completed through the shared buffer: the next frame may be right behind it. */
const DIRECT_MINIMUM = 16 * 1024

/** All sockets read into this one: what is taken out of it is copied before the next read. */
const sharedBuffer = Buffer.allocUnsafeSlow(READ_BYTES)

/** Cuts the stream into frames; see protocol/frame.ts. */
export interface Splitter {
  push(chunk: Buffer, sink: (frame: Buffer) => void, owned?: boolean): void
  vacancy(): Buffer | undefined
  filled(count: number, sink: (frame: Buffer) => void): void
}

export interface SourceEvents {
  /** Bytes arrived; false: stop reading until `resume`. A throw ends up in `failed`. */
  arrived(take: (sink: (frame: Buffer) => void) => void): boolean
}

/**
 * A connected socket, reading without a new buffer for each read: small frames go through a shared buffer, and the
 * rest of a large frame is read by the kernel straight into the frame. Node offers that (`onread`) to sockets that one makes
 * oneself, so the handle of the given one is moved to such a one; a socket of TLS stays, and is given what it would have been
 * made with, so that bytes are decrypted into the frame. Where Node has no such handle, chunks are taken from 'data' events.
 */
export function adopt(accepted: NetSocket, splitter: Splitter, events: SourceEvents): NetSocket {
  const handle = handleOf(accepted)
  if (handle === undefined) return readByEvents(accepted, splitter, events)
  const onread = readInto(splitter, events)
  return isEncrypted(accepted)
    ? readDecrypted(handle, accepted, onread, () => readByEvents(accepted, splitter, events))
    : readDirectly(handle, accepted, onread)
}

/** Not by its class: that would load TLS for everybody. */
function isEncrypted(socket: NetSocket): socket is TLSSocket {
  return 'encrypted' in socket
}

interface StreamHandle {
  useUserBuffer(buffer: Uint8Array): void
}

function handleOf(socket: NetSocket): StreamHandle | undefined {
  const handle = (socket as unknown as { _handle?: unknown })._handle
  return typeof handle === 'object' && handle !== null && 'useUserBuffer' in handle
    ? (handle as StreamHandle)
    : undefined
}

interface OnRead {
  readonly buffer: () => Buffer
  readonly callback: (count: number, buffer: Uint8Array) => boolean
}

function readInto(splitter: Splitter, events: SourceEvents): OnRead {
  /** The rest of a frame that the next read goes to; undefined: the shared buffer. */
  let target: Buffer | undefined
  return {
    buffer: () => {
      target = splitter.vacancy()
      if (target !== undefined && target.length < DIRECT_MINIMUM) target = undefined
      return target ?? sharedBuffer
    },
    callback: (count, buffer) =>
      events.arrived((sink) => {
        if (buffer === target) splitter.filled(count, sink)
        else splitter.push(sharedBuffer.subarray(0, count), sink)
      }),
  }
}

function readDirectly(handle: StreamHandle, accepted: NetSocket, onread: OnRead): NetSocket {
  const options: object = { handle, allowHalfOpen: true, onread }
  const socket = new Socket(options)
  ;(accepted as unknown as { _handle: null })._handle = null
  accepted.destroy()
  return socket
}

/** Node's names for what it makes of `onread`. */
const ONREAD = symbolsOf(new Socket({ onread: { buffer: sharedBuffer, callback: () => true } }))

function symbolsOf(socket: Socket): Readonly<Record<'buffer' | 'callback' | 'generator', symbol>> | undefined {
  const named = (name: string) => Object.getOwnPropertySymbols(socket).find(({ description }) => description === name)
  const [buffer, callback, generator] = [named('kBuffer'), named('kBufferCb'), named('kBufferGen')]
  return buffer && callback && generator && { buffer, callback, generator }
}

function readDecrypted(handle: StreamHandle, socket: TLSSocket, onread: OnRead, otherwise: () => NetSocket): NetSocket {
  // What was decrypted already comes as events, and then so does the rest.
  if (ONREAD === undefined || socket.readableLength > 0) return otherwise()
  const first = onread.buffer()
  Object.assign(socket, {
    [ONREAD.buffer]: first,
    [ONREAD.callback]: onread.callback,
    [ONREAD.generator]: onread.buffer,
  })
  handle.useUserBuffer(first)
  return socket
}

function readByEvents(socket: NetSocket, splitter: Splitter, events: SourceEvents): NetSocket {
  socket.on('data', (chunk: Buffer) => {
    if (!events.arrived((sink) => splitter.push(chunk, sink, chunk.length < DIRECT_MINIMUM))) socket.pause()
  })
  return socket
}
