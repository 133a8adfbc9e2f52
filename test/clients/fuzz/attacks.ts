import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Prng } from '../../../src/base/prng.ts'
import { type Door, type Keys, open, openRaw } from './doors.ts'
import { bytes, golden, mutated, ofLogin, pick, wrongSize } from './frames.ts'
import { enter } from './steady.ts'

/** How long an attacker waits for what happens to it before it goes. */
const PATIENCE_MS = 150
const MOST_HELD = 60

export interface Attack {
  readonly door: Door
  readonly keys: Keys
  readonly random: Prng
  /** Those that stay to the end, doing next to nothing. */
  readonly held: Socket[]
}

type Move = (attack: Attack) => Promise<void>

async function end(socket: Socket, random: Prng): Promise<void> {
  if (socket.destroyed) return
  socket.resume()
  await Promise.race([new Promise((resolve) => socket.once('close', resolve)), delay(random.below(PATIENCE_MS))])
  if (random.below(3) === 0 && 'resetAndDestroy' in socket) socket.resetAndDestroy()
  else socket.destroy()
}

function sending(what: (random: Prng) => Buffer, into: (attack: Attack) => Promise<Socket>): Move {
  return async (attack) => {
    const { random } = attack
    const socket = await into(attack)
    for (let times = 1 + random.below(5); times > 0 && !socket.destroyed; times -= 1) socket.write(what(random))
    await end(socket, random)
  }
}

const raw = ({ door }: Attack) => openRaw(door)
const stranger = ({ door, keys }: Attack) => open(door, 'mallory', keys)
const user = async ({ door, keys }: Attack) => (await enter(door, 'mallory', keys)).socket

const noise = (random: Prng) => bytes(random, random.below(3_000))
const truncated = (random: Prng) => {
  const frame = golden(random)
  return frame.subarray(0, random.below(frame.length))
}

/** The beginning of a TLS client's first message, more or less. */
function hello(random: Prng): Buffer {
  const body = bytes(random, 200)
  const head = Buffer.from('16030100f5010000f10303', 'hex')
  if (random.below(2) === 0) head[random.below(head.length)] = random.below(256)
  return Buffer.concat([head, body]).subarray(0, 1 + random.below(211))
}

const slow: Move = async (attack) => {
  const { held, random } = attack
  const socket = await pick(random, [raw, stranger])(attack)
  const frame = golden(random)
  for (const byte of frame.subarray(0, 20)) {
    if (socket.destroyed) return
    socket.write(Buffer.from([byte]))
    await delay(1 + random.below(10))
  }
  if (held.length < MOST_HELD) held.push(socket)
  else socket.destroy()
}

/** Asks for much and reads nothing of it. */
const deaf: Move = async (attack) => {
  const { held, random } = attack
  const socket = await pick(random, [stranger, user])(attack)
  socket.pause()
  for (let i = 0; i < 50 && !socket.destroyed; i += 1) socket.write(golden(random))
  if (held.length < MOST_HELD) held.push(socket)
  else await end(socket, random)
}

const crowd: Move = async (attack) => {
  const sockets = await Promise.allSettled(Array.from({ length: 40 }, () => raw(attack)))
  for (const one of sockets) if (one.status === 'fulfilled') one.value.destroy()
}

const MOVES: readonly [Move, ...Move[]] = [
  sending(noise, raw),
  sending(hello, raw),
  sending(noise, stranger),
  sending(wrongSize, stranger),
  sending(mutated, stranger),
  sending(golden, stranger),
  sending(truncated, stranger),
  sending(ofLogin, stranger),
  sending(ofLogin, stranger),
  sending(noise, user),
  sending(wrongSize, user),
  sending(mutated, user),
  sending(mutated, user),
  sending(mutated, user),
  sending(golden, user),
  sending(truncated, user),
  sending(ofLogin, user),
  slow,
  deaf,
  crowd,
]

/** One attack; whatever becomes of it is no failure: the others must not notice. */
export async function attack(given: Attack): Promise<void> {
  await pick(given.random, MOVES)(given).catch(() => {})
}
