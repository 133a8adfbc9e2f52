import { LIGHT_JVM } from '../../support/kafka.ts'
import { AUDIENCE, ISSUER, type TokenServer } from '../../support/token-server.ts'

const PACKAGE = 'org.apache.kafka.common.security.oauthbearer'
export const BEARER_MODULE = `${PACKAGE}.OAuthBearerLoginModule required`
const OF_CLIENTS = 'listener.name.clients.oauthbearer'

/** A broker on whose listener CLIENTS tokens that nobody signed are believed. */
export function unsecured(options = ''): Record<string, string> {
  return {
    'sasl.enabled.mechanisms': 'OAUTHBEARER,PLAIN',
    // Kafka logs in itself wherever others do.
    [`${OF_CLIENTS}.sasl.jaas.config`]: `${BEARER_MODULE} unsecuredLoginStringClaim_sub="broker" ${options};`,
  }
}

/** A broker that believes the token server. */
export function signed({ keysUrl }: TokenServer): Record<string, string> {
  return {
    ...unsecured(),
    [`${OF_CLIENTS}.sasl.server.callback.handler.class`]: `${PACKAGE}.OAuthBearerValidatorCallbackHandler`,
    [`${OF_CLIENTS}.sasl.oauthbearer.jwks.endpoint.url`]: keysUrl,
    [`${OF_CLIENTS}.sasl.oauthbearer.expected.audience`]: AUDIENCE,
    [`${OF_CLIENTS}.sasl.oauthbearer.expected.issuer`]: ISSUER,
  }
}

/** Java reads what it is allowed to. */
export function allowing(...urls: string[]): string[] {
  return [...LIGHT_JVM, `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${urls.join(',')}`]
}

export const LOGIN_FROM_ENDPOINT = `${PACKAGE}.OAuthBearerLoginCallbackHandler`
