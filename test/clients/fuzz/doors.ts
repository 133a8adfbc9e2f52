import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Authority, Issued } from '../../support/certificates.ts'

/** A listener, as clients come to it. */
export interface Door {
  readonly name: string
  readonly port: number
  readonly isTls: boolean
  readonly isSasl: boolean
  /** Controllers serve other requests. */
  readonly isController: boolean
  /** Asks for certificates. */
  readonly isMutual: boolean
}

export type Role = 'good' | 'mallory'

export interface Keys {
  readonly authority: Pick<Authority, 'pem'>
  readonly issued: Readonly<Record<Role, Issued>>
}

/** Bytes to the listener itself. */
export function openRaw({ port }: Door): Promise<Socket> {
  return opened(connect({ port, host: '127.0.0.1' }), 'connect')
}

/** Through TLS, where the listener has it. */
export async function open(door: Door, role: Role, { authority, issued }: Keys): Promise<Socket> {
  const socket = await openRaw(door)
  if (!door.isTls) return socket
  const own = door.isMutual ? { key: issued[role].keyPem, cert: issued[role].chainPem } : {}
  return opened(connectTls({ socket, ca: authority.pem, host: '127.0.0.1', ...own }), 'secureConnect')
}

function opened<S extends Socket>(socket: S, event: 'connect' | 'secureConnect'): Promise<S> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed')))
    socket.once(event, () => {
      socket.removeListener('error', reject)
      socket.on('error', () => {})
      resolve(socket)
    })
  })
}
