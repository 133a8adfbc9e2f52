import type { Clock, Disk, Logger } from '../io/ports.ts'
import { KeyEndpoint, KeyFile, type KeySource } from '../runtime/oauth/key-sets.ts'
import { type BearerSettings, pathOf } from './bearer-settings.ts'

export interface KeySourcesOptions {
  readonly clock: Clock
  readonly disk: Disk
  readonly logger: Logger
}

/** Keys of token servers, which listeners and every change of their settings share. */
export class KeySources {
  readonly #options: KeySourcesOptions
  readonly #sources = new Map<string, KeySource>()

  constructor(options: KeySourcesOptions) {
    this.#options = options
  }

  /** @throws ConfigError */
  of(settings: BearerSettings): KeySource {
    const url = settings.url('sasl.oauthbearer.jwks.endpoint.url')
    const refreshMs = settings.get('sasl.oauthbearer.jwks.endpoint.refresh.ms')
    const backoffMs = settings.get('sasl.oauthbearer.jwks.endpoint.retry.backoff.ms')
    const backoffMaxMs = settings.get('sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms')
    if (refreshMs <= 0) settings.wrong('sasl.oauthbearer.jwks.endpoint.refresh.ms', 'it must be above zero')
    const trusted = url.protocol === 'https:' ? settings.trusted(this.#options.disk.blocking) : undefined
    const key = JSON.stringify([url.href, refreshMs, backoffMs, backoffMaxMs, trusted])
    let source = this.#sources.get(key)
    if (source === undefined) {
      this.#warn(settings)
      source =
        url.protocol === 'file:'
          ? new KeyFile({ ...this.#options, path: pathOf(url) })
          : new KeyEndpoint({
              ...this.#options,
              url,
              refreshMs,
              backoffMs,
              backoffMaxMs,
              ...(trusted !== undefined && { trusted }),
            })
      this.#sources.set(key, source)
    }
    return source
  }

  /** As Kafka does: whoever the token server signs for anything at all would be let in. */
  #warn(settings: BearerSettings): void {
    const audiences = settings.get('sasl.oauthbearer.expected.audience')
    const issuer = settings.text('sasl.oauthbearer.expected.issuer')
    const missing = [
      ...(audiences.length === 0 ? ['sasl.oauthbearer.expected.audience'] : []),
      ...(issuer === undefined ? ['sasl.oauthbearer.expected.issuer'] : []),
    ]
    if (missing.length === 0) return
    this.#options.logger.warn(`Set ${missing.join(' and ')}: tokens that were made for others are not told apart.`)
  }

  close(): void {
    for (const source of this.#sources.values()) source.close()
  }
}
