import { createHash } from 'node:crypto'
import { scramRecord } from '../../../src/cli/add-scram.ts'
import { type Authority, pemSettings } from '../../support/certificates.ts'
import { NodeCluster } from '../../support/node-cluster.ts'
import { AUDIENCE, ISSUER, type TokenServer } from '../../support/token-server.ts'

const PACKAGE = 'org.apache.kafka.common.security'
const LISTENER = 'listener.name.plaintext'
export const USER = 'alice'
export const PASSWORD = 'alice-secret'
export const SECRETS = [PASSWORD, 'node-secret', 'broker-secret', 'delegation-secret']

function user(name: string, mechanism: string) {
  return scramRecord(`${mechanism}=[name=${name},password=${name}-secret]`, (bytes) =>
    createHash('sha512').update(name).digest().subarray(0, bytes),
  )
}

/** Everything over SASL_SSL: clients by each mechanism, brokers by SCRAM-SHA-512, controllers by PLAIN. */
export function securedCluster(
  size: number,
  authority: Authority,
  tokens: TokenServer,
  overrides: Readonly<Record<string, string>> = {},
): Promise<NodeCluster> {
  const ids = Array.from({ length: size }, (_, i) => i + 1)
  const copies = String(size)
  const plain = `${PACKAGE}.plain.PlainLoginModule required`
  const scram = `${PACKAGE}.scram.ScramLoginModule required username="broker" password="broker-secret";`
  return NodeCluster.make({
    roles: Object.fromEntries(ids.map((id) => [id, 'broker,controller'])),
    records: ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((name) => [user('broker', name), user(USER, name)]),
    debug: true,
    overrides: {
      'listener.security.protocol.map': 'CONTROLLER:SASL_SSL,PLAINTEXT:SASL_SSL',
      ...pemSettings(authority, authority.issue('node')),
      'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
      'sasl.mechanism.inter.broker.protocol': 'SCRAM-SHA-512',
      'sasl.mechanism.controller.protocol': 'PLAIN',
      'listener.name.controller.sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.controller.plain.sasl.jaas.config': `${plain} username="node" password="node-secret" user_node="node-secret";`,
      [`${LISTENER}.plain.sasl.jaas.config`]: `${plain} user_${USER}="${PASSWORD}";`,
      [`${LISTENER}.scram-sha-256.sasl.jaas.config`]: scram,
      [`${LISTENER}.scram-sha-512.sasl.jaas.config`]: scram,
      [`${LISTENER}.oauthbearer.sasl.jaas.config`]: `${PACKAGE}.oauthbearer.OAuthBearerLoginModule required;`,
      [`${LISTENER}.oauthbearer.sasl.server.callback.handler.class`]: `${PACKAGE}.oauthbearer.OAuthBearerValidatorCallbackHandler`,
      [`${LISTENER}.oauthbearer.sasl.oauthbearer.jwks.endpoint.url`]: tokens.keysUrl,
      [`${LISTENER}.oauthbearer.sasl.oauthbearer.expected.audience`]: AUDIENCE,
      [`${LISTENER}.oauthbearer.sasl.oauthbearer.expected.issuer`]: ISSUER,
      'delegation.token.secret.key': 'delegation-secret',
      'default.replication.factor': copies,
      'min.insync.replicas': copies,
      'num.partitions': '3',
      'offsets.topic.replication.factor': copies,
      'offsets.topic.num.partitions': '3',
      ...overrides,
    },
  })
}
