import { ConfigError } from '../config/config-error.ts'
import { BearerLogins } from '../runtime/oauth/bearer-logins.ts'
import { signedValidator } from '../runtime/oauth/signed-validator.ts'
import { type TokenSource, tokensFromEndpoint, tokensFromFile } from '../runtime/oauth/token-sources.ts'
import { extensionsProblem } from '../security/sasl/oauth/messages.ts'
import { bearerMechanism } from '../security/sasl/oauth/server.ts'
import {
  BearerOptionsError,
  UNSECURED_EXTENSION,
  unsecuredTokens,
  unsecuredValidator,
} from '../security/sasl/oauth/unsecured.ts'
import { tokenRequestsOf } from './bearer-requests.ts'
import { BearerSettings, pathOf } from './bearer-settings.ts'
import { jaasKey } from './jaas.ts'
import type { MechanismKind, MechanismParts } from './sasl-mechanism-kind.ts'

const MODULE = 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule'
const PACKAGE = 'org.apache.kafka.common.security.oauthbearer'
const UNSECURED = `${PACKAGE}.internals.unsecured`
/** Both names that Kafka has had for it. */
const SIGNED_VALIDATORS = namesOf('OAuthBearerValidatorCallbackHandler')
const ENDPOINT_LOGINS = namesOf('OAuthBearerLoginCallbackHandler')
const UNSECURED_VALIDATOR = `${UNSECURED}.OAuthBearerUnsecuredValidatorCallbackHandler`
const UNSECURED_LOGIN = `${UNSECURED}.OAuthBearerUnsecuredLoginCallbackHandler`

function namesOf(name: string): ReadonlySet<string> {
  return new Set([`${PACKAGE}.${name}`, `${PACKAGE}.secured.${name}`])
}

export const BEARER: MechanismKind = {
  server(parts) {
    const settings = settingsOf(parts)
    const name = 'sasl.server.callback.handler.class'
    const handler = settings.text(name) ?? UNSECURED_VALIDATOR
    if (handler === UNSECURED_VALIDATOR) {
      return bearerMechanism(settings.readable(() => unsecuredValidator(settings.options)))
    }
    if (!SIGNED_VALIDATORS.has(handler)) settings.wrong(name, OTHER_CLASS)
    checkClasses(settings)
    return bearerMechanism(signedValidator(parts.keys.of(settings), rulesOf(settings)))
  },

  client(parts) {
    const settings = settingsOf(parts)
    const name = 'sasl.login.callback.handler.class'
    const handler = settings.text(name) ?? UNSECURED_LOGIN
    const isUnsecured = handler === UNSECURED_LOGIN
    if (!isUnsecured && !ENDPOINT_LOGINS.has(handler)) settings.wrong(name, OTHER_CLASS)
    const extensions = extensionsOf(settings, isUnsecured ? UNSECURED_EXTENSION : 'extension_')
    const { clock, random, logger } = parts
    const source = isUnsecured ? unsecuredSource(settings) : endpointSource(settings, parts)
    const refresh = {
      windowFactor: settings.get('sasl.login.refresh.window.factor'),
      windowJitter: settings.get('sasl.login.refresh.window.jitter'),
      minPeriodSeconds: settings.get('sasl.login.refresh.min.period.seconds'),
      bufferSeconds: settings.get('sasl.login.refresh.buffer.seconds'),
    }
    return new BearerLogins({ source, extensions, refresh, clock, random, logger })
  },
}

const OTHER_CLASS = 'other Java classes can not be loaded'

function settingsOf({ config, listener, entries }: MechanismParts): BearerSettings {
  const entry = entries?.find(({ module }) => module === MODULE)
  if (entry !== undefined) return new BearerSettings(config, listener, entry.options)
  const key = jaasKey(listener, 'OAUTHBEARER')
  throw new ConfigError(`Set ${key} to ${MODULE} required; : there is no login module of OAUTHBEARER for ${listener}.`)
}

function rulesOf(settings: BearerSettings) {
  return {
    audiences: settings.get('sasl.oauthbearer.expected.audience'),
    issuer: settings.text('sasl.oauthbearer.expected.issuer'),
    clockSkewSeconds: settings.get('sasl.oauthbearer.clock.skew.seconds'),
    scopeClaim: settings.required('sasl.oauthbearer.scope.claim.name'),
    subjectClaim: settings.required('sasl.oauthbearer.sub.claim.name'),
  }
}

const VALIDATORS = new Set(['DefaultJwtValidator', 'BrokerJwtValidator'].map((name) => `${PACKAGE}.${name}`))

function checkClasses(settings: BearerSettings): void {
  const name = 'sasl.oauthbearer.jwt.validator.class'
  if (!VALIDATORS.has(settings.required(name))) settings.wrong(name, OTHER_CLASS)
}

function extensionsOf(settings: BearerSettings, prefix: string): Map<string, string> {
  const extensions = new Map<string, string>()
  for (const [key, value] of settings.options) {
    if (key.startsWith(prefix)) extensions.set(key.slice(prefix.length), value)
  }
  const problem = extensionsProblem(extensions)
  return settings.readable(() => {
    if (problem !== undefined) throw new BearerOptionsError(problem)
    return extensions
  })
}

function unsecuredSource(settings: BearerSettings): TokenSource {
  const tokens = settings.readable(() => unsecuredTokens(settings.options))
  return async (nowMs) => tokens(nowMs)
}

const TOKEN_TIMEOUT_MS = 10_000

/** A token server, or a file that somebody else keeps up to date. */
function endpointSource(settings: BearerSettings, { clock, disk }: MechanismParts): TokenSource {
  const url = settings.url('sasl.oauthbearer.token.endpoint.url')
  const requests = tokenRequestsOf(settings, disk)
  if (requests === undefined) return tokensFromFile(pathOf(url), disk)
  const trusted = url.protocol === 'https:' ? settings.trusted(disk.blocking) : undefined
  const connectMs = settings.get('sasl.login.connect.timeout.ms')
  const readMs = settings.get('sasl.login.read.timeout.ms')
  return tokensFromEndpoint({
    url,
    requests,
    timeoutMs:
      connectMs === null && readMs === null ? TOKEN_TIMEOUT_MS : (connectMs ?? 0) + (readMs ?? TOKEN_TIMEOUT_MS),
    backoffMs: settings.get('sasl.login.retry.backoff.ms'),
    backoffMaxMs: settings.get('sasl.login.retry.backoff.max.ms'),
    ...(trusted !== undefined && { trusted }),
    clock,
  })
}
