import { ConfigError } from './config-error.ts'

const STANDARD_AUTHORIZER = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer'
const SUPER_USERS = 'super.users'
const ALLOW_EVERYONE = 'allow.everyone.if.no.acl.found'

/** Configs of Kafka's authorizer, which its broker does not define. */
export const AUTHORIZER_NAMES: readonly string[] = [SUPER_USERS, ALLOW_EVERYONE]

export interface AuthorizerConfig {
  /** `Type:name` each. */
  readonly superUsers: ReadonlySet<string>
  readonly allowIfNoAcl: boolean
}

/** Undefined: everybody may do everything. Throws a `ConfigError`. */
export function authorizerConfig(
  className: string,
  given: ReadonlyMap<string, { readonly text: string }>,
): AuthorizerConfig | undefined {
  if (className === '') return undefined
  if (className !== STANDARD_AUTHORIZER) {
    throw new ConfigError(`Set authorizer.class.name to ${STANDARD_AUTHORIZER}: other Java classes can not be loaded.`)
  }
  const names = (given.get(SUPER_USERS)?.text ?? '').split(';').map((name) => name.trim())
  const superUsers = new Set(names.filter((name) => name !== ''))
  for (const name of superUsers) {
    if (!name.includes(':'))
      throw new ConfigError(`Write each of super.users as Type:name, as in User:admin: not ${name}.`)
  }
  return { superUsers, allowIfNoAcl: given.get(ALLOW_EVERYONE)?.text.trim().toLowerCase() === 'true' }
}
