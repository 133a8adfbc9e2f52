import { createHash } from 'node:crypto'
import { listenerSetting } from '../../config/listener-settings.ts'
import type { SaslClient, SaslMechanism, SaslMechanismName } from '../../security/sasl/mechanism.ts'
import { SaslRefused } from '../../security/sasl/mechanism.ts'
import { PlainClient } from '../../security/sasl/plain.ts'
import { ScramAccount, ScramClient } from '../../security/sasl/scram-client.ts'
import { scramMechanism } from '../../security/sasl/scram-formulas.ts'
import { isSasl } from '../sasl.ts'
import type { World } from '../world.ts'

/** How long a password that was right need not be looked at again: that costs thousands of rounds. */
const TRUST_MS = 10_000
const MOST_TRUSTED = 1_000
const NONCE_BYTES = 17
const MOST_STEPS = 4

/** The users of the broker's SASL listeners, as they log in by name and password. */
export class BrokerUsers {
  readonly #world: World
  readonly #trusted = new Map<string, { readonly principal: string; readonly untilMs: number }>()

  constructor(world: World) {
    this.#world = world
  }

  get failureDelayMs(): number {
    return this.#world.config.get('connection.failed.authentication.delay.ms')
  }

  /** The principal; undefined: nobody has that name and password. */
  async principalOf(user: string, password: string, peerAddress: string): Promise<string | undefined> {
    const now = this.#world.clock.monotonic()
    const key = createHash('sha256').update(`${user.length}:${user}${password}`).digest('base64')
    const known = this.#trusted.get(key)
    if (known !== undefined && known.untilMs > now) return known.principal
    this.#trusted.delete(key)
    for (const { listenerName, mechanism } of this.#mechanisms()) {
      const client = this.#client(mechanism.name, user, password)
      if (client === undefined) continue
      const principal = await logIn(mechanism, client, { listenerName, peerAddress }, this.#world.clock.now())
      if (principal === undefined) continue
      if (this.#trusted.size >= MOST_TRUSTED) this.#trusted.clear()
      this.#trusted.set(key, { principal, untilMs: now + TRUST_MS })
      return principal
    }
    return undefined
  }

  /** Each kind once: SCRAM's users are the same everywhere, PLAIN's are those of a listener. */
  *#mechanisms(): IterableIterator<{ readonly listenerName: string; readonly mechanism: SaslMechanism }> {
    const { config, sasl } = this.#world
    const seen = new Set<SaslMechanismName>()
    for (const { name: listenerName, securityProtocol } of config.brokerListeners) {
      if (!isSasl(securityProtocol)) continue
      if (listenerSetting(config, listenerName, 'sasl.enabled.mechanisms').length === 0) continue
      for (const mechanism of sasl.listener(listenerName).mechanisms()) {
        if (mechanism.name !== 'PLAIN' && seen.has(mechanism.name)) continue
        seen.add(mechanism.name)
        yield { listenerName, mechanism }
      }
    }
  }

  #client(name: SaslMechanismName, user: string, password: string): SaslClient | undefined {
    if (name === 'PLAIN') return new PlainClient(user, password)
    const mechanism = scramMechanism(name)
    if (mechanism === undefined) return undefined
    const random = this.#world.random.bytes(NONCE_BYTES)
    return new ScramClient({ mechanism, account: new ScramAccount(user, password), random })
  }
}

/** Both sides of one exchange, in this process. */
async function logIn(
  mechanism: SaslMechanism,
  client: SaslClient,
  exchange: Parameters<SaslMechanism['start']>[0],
  nowMs: number,
): Promise<string | undefined> {
  const server = mechanism.start(exchange)
  let token: Buffer | undefined = client.first()
  try {
    for (let steps = 0; token !== undefined && steps < MOST_STEPS; steps++) {
      const step = await server.step(token, nowMs)
      if (step.kind === 'done') return step.principal
      if (step.kind !== 'challenge') return undefined
      token = client.next(step.token)
    }
  } catch (error) {
    if (!(error instanceof SaslRefused)) throw error
  }
  return undefined
}
