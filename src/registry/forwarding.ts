import { z } from 'zod'
import type { Clock } from '../io/ports.ts'
import type { Command } from './commands.ts'
import { forwardingFailed, leaderUnknown, RegistryError } from './errors.ts'
import { type Forward, type ForwardedAnswer, NotForwarded } from './ports.ts'
import type { SchemaTail } from './tail.ts'
import { LedElsewhere, type SchemaWriter } from './writer.ts'

export interface ForwardingOptions {
  readonly writer: SchemaWriter
  readonly tail: SchemaTail
  readonly forward: Forward
  readonly clock: Clock
}

const ALL_TRIES_MS = 30_000
const PAUSE_MS = 250
const ErrorShape = z.object({ error_code: z.int(), message: z.string() })
/** Whoever was asked knows of another leader, or of none: nothing was written. */
const NOT_THE_LEADER: ReadonlySet<number> = new Set([50003, 50004])

/** Has writes carried out where the topic is led: here, or by the registry of the broker that leads it. */
export class Forwarding {
  readonly #options: ForwardingOptions

  constructor(options: ForwardingOptions) {
    this.#options = options
  }

  /** @throws RegistryError */
  async carryOut<T>(
    command: Command<T>,
    caller: { readonly authorization?: string | undefined; readonly isForwarded?: boolean },
  ): Promise<T> {
    const { writer, tail, clock } = this.#options
    const deadline = clock.monotonic() + ALL_TRIES_MS
    for (;;) {
      try {
        return await writer.write(command.decide)
      } catch (error) {
        if (!(error instanceof LedElsewhere)) throw error
        if (caller.isForwarded === true) throw leaderUnknown(`This broker does not write: ${error.message}.`)
        const done = await this.#elsewhere(error.leader, command, caller.authorization)
        if ('answer' in done) return done.answer
        if (clock.monotonic() > deadline) throw done.failure
      }
      await tail.moved(PAUSE_MS)
    }
  }

  /** `failure`: nothing was written, or it does no harm to write it again. */
  async #elsewhere<T>(
    leader: number,
    command: Command<T>,
    authorization: string | undefined,
  ): Promise<{ readonly answer: T } | { readonly failure: RegistryError }> {
    let answered: ForwardedAnswer
    try {
      answered = await this.#options.forward(leader, { ...command.request, authorization })
    } catch (error) {
      if (!(error instanceof NotForwarded)) throw error
      const failure = forwardingFailed(`Broker ${leader}, which writes, can not be asked: ${error.message}`, error)
      if (error.wasSent && !command.isRepeatable) throw failure
      return { failure }
    }
    const refused = refusalIn(answered)
    if (refused === undefined) {
      const answer = command.read(answered.body)
      // Whoever wrote by this broker reads by it.
      await this.#options.tail.caughtUp()
      return { answer }
    }
    if (!NOT_THE_LEADER.has(refused.code)) throw refused
    return { failure: refused }
  }
}

function refusalIn({ status, body }: ForwardedAnswer): RegistryError | undefined {
  if (status >= 200 && status < 300) return undefined
  const told = ErrorShape.safeParse(body)
  if (told.success) return new RegistryError(told.data.error_code, told.data.message)
  return forwardingFailed(`The broker that writes answered with status ${status}`)
}
