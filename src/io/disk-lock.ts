import { closeSync, openSync, readFile, statSync, unlinkSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DiskLock } from './ports.ts'

/*
 * Node has no fcntl locks. What dies with its process, whatever kills it, is a listening socket: one whose name comes from
 * the lock file's device and inode, so that every path to the same directory gives the same name. On Linux it is an
 * abstract socket, which no file outlives; elsewhere a socket file in the temporary directory, taken over where nobody
 * answers on it. A Java broker holds an fcntl lock on the same file, and Linux lists those in /proc/locks.
 */

/** The text of /proc/locks; empty where there is none. Linux stops the taking of locks meanwhile: it can take 20 ms. */
export function listLocks(): Promise<string> {
  return new Promise((resolve) => {
    readFile('/proc/locks', 'latin1', (error, text) => resolve(error ? '' : text))
  })
}

/**
 * Locks `path`, which is created where it is missing; undefined where another process, or another lock in this one, has it.
 * `listed` may have been asked for a little before.
 */
export async function lockFile(path: string, listed = listLocks()): Promise<DiskLock | undefined> {
  closeSync(openSync(path, 'a'))
  const { dev, ino } = statSync(path, { bigint: true })
  const abstract = process.platform === 'linux'
  const name = `odradek-${dev.toString(36)}-${ino.toString(36)}.lock`
  const address = abstract ? `\0${name}` : join(tmpdir(), name)
  const server = abstract ? await listen(address) : await listenOrTakeOver(address)
  if (server === undefined) return undefined
  const lock = { release: () => new Promise<void>((resolve) => server.close(() => resolve())) }
  if (!heldByFcntl(dev, ino, await listed)) return lock
  await lock.release()
  return undefined
}

function listen(address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen(address, () => {
      server.unref()
      resolve(server)
    })
  })
}

async function listenOrTakeOver(address: string): Promise<Server | undefined> {
  const server = await listen(address)
  if (server !== undefined || (await answers(address))) return server
  try {
    unlinkSync(address)
  } catch {
    // Another process took it over just now: listening tells.
  }
  return listen(address)
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** A line is `1: POSIX ADVISORY WRITE 4711 fe:01:131090 0 EOF`: device (major:minor, hex) and inode in the sixth field. */
function heldByFcntl(dev: bigint, ino: bigint, locks: string): boolean {
  const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn)
  const minor = (dev & 0xffn) | ((dev >> 12n) & ~0xffn)
  for (const line of locks.split('\n')) {
    const fields = line.trim().split(/\s+/)
    const [holderMajor, holderMinor, inode] = (fields[5] ?? '').split(':')
    if (fields[1] !== 'POSIX' || inode !== String(ino)) continue
    if (BigInt(`0x${holderMajor}`) === major && BigInt(`0x${holderMinor}`) === minor) return true
  }
  return false
}
