import type { BrokerConfig } from '../config/broker-config.ts'
import type { DelegationTokenSettings } from '../metadata/delegation-tokens/manager.ts'
import type { MetadataImage } from '../metadata/image.ts'
import { DelegationTokens } from '../security/delegation-tokens.ts'

/** Undefined: there is no key, so there are no tokens. */
export function delegationTokenSettings(config: BrokerConfig): DelegationTokenSettings | undefined {
  const secretKey = config.get('delegation.token.secret.key')
  if (secretKey === null || secretKey === '') return undefined
  return {
    secretKey,
    maxLifetimeMs: config.get('delegation.token.max.lifetime.ms'),
    expiryTimeMs: config.get('delegation.token.expiry.time.ms'),
    checkIntervalMs: config.get('delegation.token.expiry.check.interval.ms'),
  }
}

const NONE = new Map<string, never>()

/** The tokens as this broker shows them and checks logins against them. */
export function delegationTokensOf(
  config: BrokerConfig,
  image: () => Pick<MetadataImage, 'delegationTokens'> | undefined,
): DelegationTokens | undefined {
  const settings = delegationTokenSettings(config)
  return settings && new DelegationTokens(settings.secretKey, () => image()?.delegationTokens ?? NONE)
}
