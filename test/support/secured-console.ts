const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required username="broker" password="b"'

/** A node that wants a login by PLAIN: of the broker itself, of alice, who may nothing by herself, and of admin, who may all. */
export const SECURED = {
  listeners: 'SASL://127.0.0.1:0,CONTROLLER://127.0.0.1:0',
  'inter.broker.listener.name': 'SASL',
  'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT',
  'sasl.enabled.mechanisms': 'PLAIN',
  'sasl.mechanism.inter.broker.protocol': 'PLAIN',
  'listener.name.sasl.plain.sasl.jaas.config': `${PLAIN} user_broker="b" user_alice="a" user_admin="r";`,
  'connection.failed.authentication.delay.ms': '1',
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS;User:broker;User:admin',
}
