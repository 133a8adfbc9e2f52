import { ProtocolError } from '../base/errors.ts'
import type { ConnectionInfo } from '../protocol/frame-handler.ts'
import type { Dispatcher } from './dispatch.ts'

export interface LocalAnswer {
  /** Header included, without its size. */
  readonly frame: Buffer
  /** What the bytes were made of; undefined where they were not made here. */
  readonly answer: unknown
}

/**
 * Has a request answered that came by no connection of its own: in an envelope, or from this very node. Rejects with a
 * ProtocolError where a connection would be closed.
 */
export function answerLocally(dispatcher: Dispatcher, frame: Buffer, connection: ConnectionInfo): Promise<LocalAnswer> {
  return new Promise((resolve, reject) => {
    let answer: unknown
    dispatcher.handle(frame, connection, {
      answering: (value) => {
        answer = value
      },
      send: (chunks, release, listener) => {
        const bytes = Buffer.concat(chunks as Buffer[])
        release?.()
        listener?.sent(-1, -1)
        resolve({ frame: bytes.subarray(SIZE_BYTES), answer })
      },
      skip: () => reject(new ProtocolError('the request has no answer')),
      close: (reason) => reject(new ProtocolError(reason ?? 'the request closes its connection')),
    })
  })
}

const SIZE_BYTES = 4
