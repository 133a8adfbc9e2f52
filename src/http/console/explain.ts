import { isLoopback } from '../../insight/arrivals.ts'
import type { RefusalEntry, RefusalFact, Refused } from '../../insight/refusals.ts'
import { AclOperation, ResourceType } from '../../protocol/acl-codes.ts'
import { resourceTypeText } from '../../security/acl.ts'
import { allowing, operationText, unforbidding } from './acl-commands.ts'
import type { Refusal, RefusalKind } from './api.ts'
import { CLIENT_FILE, type CommandTarget, kafkaTool, ownTool } from './shell-commands.ts'

interface Explanation {
  readonly kind: RefusalKind
  readonly message: string
  readonly fix: string
  readonly commands?: readonly string[]
  readonly detail: string
}

/** What the journal has, in plain words with the fix, and commands that can be copied. */
export function refusalOf({ id, who, fact, firstMs, lastMs, times }: RefusalEntry, target: CommandTarget): Refusal {
  const explanation = explain(who, fact, target)
  return { id, firstMs, lastMs, times, ...who, commands: [], ...explanation }
}

function explain(who: Refused, fact: RefusalFact, target: CommandTarget): Explanation {
  switch (fact.type) {
    case 'closed':
      return explainClosed(who, fact.reason)
    case 'login':
      return explainLogin(who, fact, target)
    case 'denied':
      return explainDenied(who, fact, target)
    case 'too-large':
      return explainTooLarge(fact, target)
    case 'throttled':
      return explainThrottled(who, fact)
    case 'never-came':
      return explainNeverCame(who, fact)
  }
}

type Fact<T extends RefusalFact['type']> = Extract<RefusalFact, { readonly type: T }>

/** Sizes that the first bytes of a request of HTTP would be. */
const HTTP_SIZES = new Set(['GET ', 'POST', 'PUT ', 'HEAD', 'OPTI', 'DELE', 'PATC', 'PRI ', 'CONN'].map(sizeOf))

function sizeOf(text: string): number {
  return Buffer.from(text).readInt32BE()
}

interface Rule {
  readonly pattern: RegExp
  readonly explain: (found: Readonly<Record<string, string>>, who: Refused) => Omit<Explanation, 'detail'>
}

const RULES: readonly Rule[] = [
  {
    pattern: /^a TLS handshake came/,
    explain: (_, { listener }) => ({
      kind: 'tls-on-plain',
      message: `The client speaks TLS, and the listener ${listener} does not.`,
      fix: 'Set security.protocol of the client to PLAINTEXT (SASL_PLAINTEXT where it logs in), or use the port of a listener with TLS.',
    }),
  },
  {
    pattern: /^TLS handshake failed: what it sent is no TLS/,
    explain: (_, { listener }) => ({
      kind: 'plain-on-tls',
      message: `The client does not speak TLS, and the listener ${listener} does.`,
      fix: 'Set security.protocol of the client to SSL (SASL_SSL where it logs in) and tell it whom to trust, or use the port of a listener without TLS.',
    }),
  },
  {
    pattern: /^TLS handshake failed: its certificate is not accepted: (?<why>.*)$/,
    explain: ({ why = '' }) => ({
      kind: 'tls-handshake',
      message: why === 'it has none' ? 'The client showed no certificate.' : `Its certificate is not accepted: ${why}.`,
      fix: 'Give the client a certificate (ssl.keystore.*) that an authority in ssl.truststore of this listener signed, or set ssl.client.auth to none.',
    }),
  },
  {
    pattern: /^TLS handshake failed: (?<why>.*(?:unknown ca|certificate unknown|bad certificate|unknown_ca).*)$/i,
    explain: () => ({
      kind: 'tls-handshake',
      message: 'The client does not trust the certificate of this broker.',
      fix: 'Give the client the authority that signed it (ssl.truststore.*, ssl.ca.location), and use a host name that is in the certificate.',
    }),
  },
  {
    pattern: /^TLS handshake (?<why>.*)$/,
    explain: ({ why = '' }) => ({
      kind: 'tls-handshake',
      message: `TLS did not come about: the handshake ${why}.`,
      fix: 'Compare ssl.enabled.protocols and ssl.cipher.suites of both sides.',
    }),
  },
  {
    pattern: /^the name in its certificate fits no rule/,
    explain: () => ({
      kind: 'tls-handshake',
      message: 'No principal can be made of the name in the certificate of the client.',
      fix: 'Add a rule for it, or DEFAULT, to ssl.principal.mapping.rules.',
    }),
  },
  {
    pattern: /^frame size (?<size>-?\d+) is (?:negative|larger than (?<setting>\S+) (?<max>\d+))/,
    explain: ({ size = '0', setting = 'socket.request.max.bytes', max = '' }, { listener }) =>
      HTTP_SIZES.has(Number(size))
        ? {
            kind: 'http-on-kafka',
            message: `A browser or another client of HTTP came to the listener ${listener}, which speaks Kafka's protocol.`,
            fix: 'Use the address of odradek.http.listeners for the console and /metrics; health checks should use /healthz.',
          }
        : {
            kind: 'oversized-frame',
            message:
              max === ''
                ? 'What it sent is no request of Kafka.'
                : `It announced a request of ${number(size)} bytes; at most ${number(max)} are taken.`,
            fix: `If it is a client of Kafka: lower max.request.size of the producer, or raise ${setting}. Else let it use another port.`,
          },
  },
  {
    pattern: /^no version (?<version>-?\d+) of API key \d+ \((?<api>\w+)\)/,
    explain: ({ version = '', api = '' }, { software }) => ({
      kind: 'unsupported-version',
      message: `It asked for ${api} in version ${version}, which is not served${software === undefined ? '' : ` (${software})`}.`,
      fix: 'Use a newer release of the client: as with Apache Kafka 4, versions from before Kafka 2.1 are gone.',
    }),
  },
  {
    pattern: /^(?:unknown API key (?<key>-?\d+)|API key -?\d+ \((?<api>\w+)\) v-?\d+ is not served here)/,
    explain: ({ key, api }, { listener }) => ({
      kind: 'unknown-api',
      message:
        api === undefined
          ? `It asked for an API that is not known (${key}): most likely what it speaks is not Kafka's protocol.`
          : `It asked for ${api}, which the listener ${listener} does not serve.`,
      fix:
        api === undefined
          ? 'See what connects from this address, and give it the right port.'
          : 'APIs of controllers are served by listeners of controllers only: use the right address.',
    }),
  },
  {
    pattern: /^too many connections from|^max\.connections/,
    explain: (_, { address }) => ({
      kind: 'too-many-connections',
      message: `There were too many connections${address === '' ? '' : `, this one from ${address}`}.`,
      fix: 'See on the page of connections who has them (a client that is made anew for each message?), or raise max.connections or max.connections.per.ip.',
    }),
  },
  {
    pattern: /^no login within/,
    explain: () => ({
      kind: 'login-missing',
      message: 'The client did not log in.',
      fix: 'Set security.protocol of the client to SASL_PLAINTEXT or SASL_SSL, sasl.mechanism and its credentials.',
    }),
  },
  {
    pattern: /can't be read: |has no header|is no request/,
    explain: () => ({
      kind: 'malformed-request',
      message: 'What it sent can not be read as a request of Kafka.',
      fix: 'Use a newer release of the client; if it goes on, report it with the line of the log.',
    }),
  },
]

function explainClosed(who: Refused, reason: string): Explanation {
  for (const { pattern, explain: words } of RULES) {
    const found = pattern.exec(reason)
    if (found !== null) return { ...words(found.groups ?? {}, who), detail: reason }
  }
  const message = `The connection was closed: ${reason}.`
  return { kind: 'other', message, fix: 'The log of the broker says more.', detail: reason }
}

function explainLogin(
  { listener }: Refused,
  { reason, mechanism, user }: Fact<'login'>,
  target: CommandTarget,
): Explanation {
  const detail = [mechanism, user, reason].filter((part) => part !== undefined).join(': ')
  const unexpected = /^Unexpected Kafka request of type (\w+)/.exec(reason)
  if (unexpected !== null) {
    return {
      kind: 'login-missing',
      message: `The client sent ${unexpected[1]} without having logged in, which the listener ${listener} asks for.`,
      fix: 'Set security.protocol of the client to SASL_PLAINTEXT or SASL_SSL, sasl.mechanism and its credentials.',
      detail,
    }
  }
  const unsupported = /^Unsupported SASL mechanism (.*)/.exec(reason)
  if (unsupported !== null) {
    return {
      kind: 'login-failed',
      message: `The client wants to log in by ${unsupported[1]}, which the listener ${listener} does not take.`,
      fix: 'Set sasl.mechanism of the client to one of sasl.enabled.mechanisms of the listener, or add it there.',
      detail,
    }
  }
  const whose = user === undefined ? 'A login' : `The login of ${JSON.stringify(user)}`
  // Kafka's sentence says before it what is said here already.
  const why = reason.replace(/^Authentication failed.* with SASL mechanism [\w-]+: /, '')
  return {
    kind: 'login-failed',
    message: `${whose}${mechanism === undefined ? '' : ` by ${mechanism}`} was refused: ${why}.`,
    ...loginFix(mechanism, user, why, target),
    detail,
  }
}

function loginFix(mechanism: string | undefined, user: string | undefined, why: string, target: CommandTarget) {
  if (mechanism?.startsWith('SCRAM') === true) {
    const isMissing = why.startsWith('no such user')
    const credential = ['--alter', '--entity-type', 'users', '--entity-name', user ?? '']
    const commands = [kafkaTool('configs', target, [...credential, '--add-config', `${mechanism}=[password=…]`])]
    return {
      fix: isMissing
        ? `Compare the name and the mechanism, or add the user with ${mechanism} on the page of users.`
        : 'Compare the password, or set a new one on the page of users.',
      ...(isMissing && user !== undefined && { commands }),
    }
  }
  if (mechanism === 'OAUTHBEARER') {
    return { fix: 'Compare issuer, audience and expiry of the token with sasl.oauthbearer.* of the listener.' }
  }
  return { fix: 'Compare user and password with what the JAAS configuration of the listener has.' }
}

function explainDenied({ principal = '', address }: Refused, fact: Fact<'denied'>, target: CommandTarget): Explanation {
  const { operation, resourceType, name, api, forbiddenBy } = fact
  const what = `${resourceTypeText(resourceType)}${resourceTypeText(resourceType) === 'Cluster' ? '' : ` ${JSON.stringify(name)}`}`
  const detail = `${api}: ${operationText(operation)} on ${what} by ${principal} from ${address}`
  const message = `${principal} may not ${operationText(operation)} on ${what} (${api}).`
  if (forbiddenBy !== undefined) {
    return {
      kind: 'acl-denied',
      message: `${message} An ACL forbids it.`,
      fix: `Remove the ACL that denies it, if it is to be allowed: no other ACL counts as long as it is there.${withLogin(target)}`,
      commands: unforbidding(target, forbiddenBy),
      detail,
    }
  }
  return {
    kind: 'acl-denied',
    message: `${message} No ACL allows it.`,
    fix: `Add the ACL, if it is to be allowed.${furtherOf(fact)}${withLogin(target)}`,
    commands: allowing(target, principal, fact),
    detail,
  }
}

/** A client is denied one thing after the other: what it will ask for next saves a round. */
function furtherOf({ operation, resourceType }: Fact<'denied'>): string {
  if (resourceType !== ResourceType.TOPIC || operation !== AclOperation.DESCRIBE) return ''
  return ' What writes to the topic or reads it needs Write or Read, and each of these includes Describe.'
}

function withLogin({ isSecured }: CommandTarget): string {
  return isSecured ? ` ${CLIENT_FILE}: security.protocol, sasl.* and ssl.* of somebody who may change ACLs.` : ''
}

function explainTooLarge({ topic, reason }: Fact<'too-large'>, target: CommandTarget): Explanation {
  const sizes = /\bis (?<size>\d+) bytes.* of (?<most>\d+)/.exec(reason)?.groups
  const most = `max.message.bytes=${sizes?.size}`
  return {
    kind: 'message-too-large',
    message:
      sizes === undefined
        ? `Records for the topic ${JSON.stringify(topic)} were refused: ${reason}.`
        : `A batch of ${number(sizes.size)} bytes for the topic ${JSON.stringify(topic)} was refused: at most ${number(sizes.most)} are taken.`,
    fix: 'Raise max.message.bytes of the topic; or lower batch.size and max.request.size of the producer, or compress, which helps unless a single record is so large.',
    ...(sizes !== undefined && {
      commands: [
        kafkaTool('configs', target, [
          '--alter',
          '--entity-type',
          'topics',
          '--entity-name',
          topic,
          '--add-config',
          most,
        ]),
        ownTool(target, ['configs', 'set', 'topic', topic, most]),
      ],
    }),
    detail: reason,
  }
}

const number = (text = ''): string => Number(text).toLocaleString('en')

const QUOTAS: Readonly<Record<string, readonly [did: string, less: string]>> = {
  producer_byte_rate: ['wrote more bytes', 'write less, or compressed'],
  consumer_byte_rate: ['read more bytes', 'read less at a time'],
  request_percentage: ["took more of the broker's time", 'send fewer and larger requests'],
}

function explainThrottled({ principal, clientId }: Refused, { quota, ms }: Fact<'throttled'>): Explanation {
  const [did, less] = QUOTAS[quota] ?? ['did more', 'do less']
  const who = [principal, clientId && `(${clientId})`].filter(Boolean).join(' ')
  return {
    kind: 'throttled',
    message: `${who} ${did} than its quota allows (${quota}): its last answer came ${Math.ceil(ms).toLocaleString('en')} ms later.`,
    fix: `Raise the quota on the page of quotas, or let the client ${less}. Its own metrics show this as throttle time.`,
    detail: `${quota}: ${ms} ms`,
  }
}

function explainNeverCame({ address, listener }: Refused, { told, reached }: Fact<'never-came'>): Explanation {
  const there = `${told.host}:${told.port}`
  const why = isLoopback(told.host) ? ' For the client that is its own machine.' : ''
  return {
    kind: 'unreachable-listener',
    message: `The client at ${address} asked where the brokers are, was sent to ${there}, and did not come.${why}`,
    fix:
      `Set the advertised listener to an address that the client can reach: advertised.listeners=${listener}://` +
      `${reached.host}:${reached.port}, say, by which it came. Left out, each client is told the address that it used.`,
    detail: `advertised ${there}, reached at ${reached.host}:${reached.port}`,
  }
}
