import { Socket } from 'node:net'
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
 * oneself, so the handle of the given one is moved to such a one. Where Node has no such handle, chunks are taken from
 * 'data' events.
 */
export function adopt(accepted: NetSocket, splitter: Splitter, events: SourceEvents): NetSocket {
  const handle = handleOf(accepted)
  return handle === undefined
    ? readByEvents(accepted, splitter, events)
    : readDirectly(handle, accepted, splitter, events)
}

function handleOf(socket: NetSocket): object | undefined {
  const handle = (socket as unknown as { _handle?: unknown })._handle
  return typeof handle === 'object' && handle !== null && 'useUserBuffer' in handle ? handle : undefined
}

function readDirectly(handle: object, accepted: NetSocket, splitter: Splitter, events: SourceEvents): NetSocket {
  /** The rest of a frame that the next read goes to; undefined: the shared buffer. */
  let target: Buffer | undefined
  const options = {
    handle,
    allowHalfOpen: true,
    onread: {
      buffer: () => {
        target = splitter.vacancy()
        if (target !== undefined && target.length < DIRECT_MINIMUM) target = undefined
        return target ?? sharedBuffer
      },
      callback: (count: number, buffer: Uint8Array) =>
        events.arrived((sink) => {
          if (buffer === target) splitter.filled(count, sink)
          else splitter.push(sharedBuffer.subarray(0, count), sink)
        }),
    },
  }
  const socket = new Socket(options as ConstructorParameters<typeof Socket>[0])
  ;(accepted as unknown as { _handle: null })._handle = null
  accepted.destroy()
  return socket
}

function readByEvents(socket: NetSocket, splitter: Splitter, events: SourceEvents): NetSocket {
  socket.on('data', (chunk: Buffer) => {
    if (!events.arrived((sink) => splitter.push(chunk, sink, chunk.length < DIRECT_MINIMUM))) socket.pause()
  })
  return socket
}
