import type { Disk } from '../io/ports.ts'
import {
  type Assertions,
  assertedRequests,
  assertionsFromFile,
  bearerGrantRequests,
  secretRequests,
  signedAssertions,
  type TokenRequests,
} from '../runtime/oauth/token-requests.ts'
import type { BearerSettings } from './bearer-settings.ts'

const PACKAGE = 'org.apache.kafka.common.security.oauthbearer'

/** How a token server is asked for tokens; undefined: tokens are in a file. @throws ConfigError */
export function tokenRequestsOf(settings: BearerSettings, disk: Pick<Disk, 'readFile'>): TokenRequests | undefined {
  const name = 'sasl.oauthbearer.jwt.retriever.class'
  const isFile = settings.url('sasl.oauthbearer.token.endpoint.url').protocol === 'file:'
  switch (settings.required(name)) {
    case `${PACKAGE}.DefaultJwtRetriever`:
      return isFile ? undefined : clientRequests(settings, disk)
    case `${PACKAGE}.ClientCredentialsJwtRetriever`:
      return clientRequests(settings, disk)
    case `${PACKAGE}.JwtBearerJwtRetriever`:
      return bearerGrantRequests(settings.text('sasl.oauthbearer.scope'), assertionsOf(settings, disk))
    case `${PACKAGE}.FileJwtRetriever`:
      return undefined
    default:
      return settings.wrong(name, 'other Java classes can not be loaded')
  }
}

/** An assertion where one is configured, else the secret. */
function clientRequests(settings: BearerSettings, disk: Pick<Disk, 'readFile'>): TokenRequests {
  const idName = 'sasl.oauthbearer.client.credentials.client.id'
  const scope = settings.textOrOption('sasl.oauthbearer.scope', 'scope')
  const asserts =
    settings.text('sasl.oauthbearer.assertion.file') ?? settings.text('sasl.oauthbearer.assertion.claim.iss')
  if (asserts !== undefined) {
    return assertedRequests(settings.textOrOption(idName, 'clientId'), scope, assertionsOf(settings, disk))
  }
  const id = settings.required(idName, 'clientId')
  return secretRequests(
    id,
    settings.required('sasl.oauthbearer.client.credentials.client.secret', 'clientSecret'),
    scope,
  )
}

function assertionsOf(settings: BearerSettings, disk: Pick<Disk, 'readFile'>): Assertions {
  const file = settings.file('sasl.oauthbearer.assertion.file')
  if (file !== undefined) return assertionsFromFile(file, disk)
  const keyName = 'sasl.oauthbearer.assertion.private.key.file'
  const algorithm = settings.required('sasl.oauthbearer.assertion.algorithm').toUpperCase()
  return signedAssertions(
    {
      algorithm: algorithm === 'ES256' ? 'ES256' : 'RS256',
      keyFile: settings.file(keyName) ?? settings.wrong(keyName, 'it is needed'),
      passphrase: settings.text('sasl.oauthbearer.assertion.private.key.passphrase'),
      templateFile: settings.file('sasl.oauthbearer.assertion.template.file'),
      claims: claimsOf(settings),
      expirySeconds: settings.get('sasl.oauthbearer.assertion.claim.exp.seconds'),
      notBeforeSeconds: settings.get('sasl.oauthbearer.assertion.claim.nbf.seconds'),
      includesId: settings.get('sasl.oauthbearer.assertion.claim.jti.include'),
    },
    disk,
  )
}

function claimsOf(settings: BearerSettings): Record<string, string> {
  const claims = [
    ['aud', settings.text('sasl.oauthbearer.assertion.claim.aud')],
    ['iss', settings.text('sasl.oauthbearer.assertion.claim.iss')],
    ['sub', settings.text('sasl.oauthbearer.assertion.claim.sub')],
  ] as const
  return Object.fromEntries(claims.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}
