import { describe, expect, test } from 'vitest'
import { authorizerConfig } from '../../src/config/authorizer.ts'
import { BrokerConfig } from '../../src/config/broker-config.ts'
import { BUILT_IN_PROPERTIES } from '../../src/config/built-in.ts'
import { ConfigError } from '../../src/config/config-error.ts'
import { refuseUnsupported } from '../../src/config/unsupported.ts'

const configOf = (changes: Record<string, string | undefined> = {}): BrokerConfig => {
  const file = new Map(BUILT_IN_PROPERTIES)
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) file.delete(key)
    else file.set(key, value)
  }
  return new BrokerConfig({ file })
}

const STANDARD_AUTHORIZER = 'org.apache.kafka.metadata.authorizer.StandardAuthorizer'

describe('BrokerConfig', () => {
  test('the built-in one is a broker and controller on this machine', () => {
    const config = configOf()
    expect(config.isBroker && config.isController).toBe(true)
    expect(config.nodeId).toBe(1)
    expect(config.brokerListeners).toEqual([
      { name: 'PLAINTEXT', securityProtocol: 'PLAINTEXT', host: 'localhost', port: 9092, role: 'broker' },
    ])
    expect(config.controllerListeners.map((listener) => listener.name)).toEqual(['CONTROLLER'])
    expect(config.logDirs).toEqual(['./data'])
    expect(config.metadataLogDir).toBe('./data')
    expect(config.warnings).toEqual([])
    refuseUnsupported(config)
  })

  test('values are typed, overrides win, origins are told', () => {
    const overrides = new Map([['num.partitions', '7']])
    const config = new BrokerConfig({ file: new Map([...BUILT_IN_PROPERTIES, ['num.partitions', '3']]), overrides })
    const partitions: number = config.get('num.partitions')
    const advertised: readonly string[] | null = config.get('advertised.listeners')
    expect([partitions, advertised]).toEqual([7, null])
    expect(config.origin('num.partitions')).toBe('override')
    expect(config.origin('log.dirs')).toBe('file')
    expect(config.origin('message.max.bytes')).toBe('default')
  })

  test('listeners: names in any case, IPv6, advertised addresses, protocols', () => {
    const config = configOf({
      listeners: 'internal://[::1]:19092, OUT://:0,CONTROLLER://localhost:9093',
      'advertised.listeners': 'OUT://kafka.example:443,INTERNAL://inside:19092',
      'listener.security.protocol.map': 'INTERNAL:PLAINTEXT,OUT:SSL,CONTROLLER:PLAINTEXT',
      'inter.broker.listener.name': 'internal',
    })
    expect(config.brokerListeners).toEqual([
      {
        name: 'INTERNAL',
        securityProtocol: 'PLAINTEXT',
        host: '::1',
        port: 19092,
        role: 'broker',
        advertised: { name: 'INTERNAL', host: 'inside', port: 19092 },
      },
      {
        name: 'OUT',
        securityProtocol: 'SSL',
        host: '',
        port: 0,
        role: 'broker',
        advertised: { name: 'OUT', host: 'kafka.example', port: 443 },
      },
    ])
    expect(config.interBrokerListenerName).toBe('INTERNAL')
    refuseUnsupported(config)
  })

  test('an unknown key is told with the nearest known one', () => {
    expect(configOf({ 'log.retenton.ms': '5' }).warnings).toEqual([
      'Unknown config log.retenton.ms has no effect. Did you mean log.retention.ms?',
    ])
    expect(configOf({ 'my.own.plugin.setting': '5' }).warnings).toEqual([
      'Unknown config my.own.plugin.setting has no effect.',
    ])
  })

  test('broker.id stands for node.id', () => {
    expect(configOf({ 'node.id': undefined, 'broker.id': '4' }).nodeId).toBe(4)
  })

  test.each<[string, Record<string, string | undefined>, RegExp]>([
    ['no node.id', { 'node.id': undefined }, /Set node\.id/],
    ['no process.roles', { 'process.roles': undefined }, /Set process\.roles/],
    ['an unknown role', { 'process.roles': 'boss' }, /String must be one of: broker, controller/],
    ['no controller.listener.names', { 'controller.listener.names': undefined }, /Set controller\.listener\.names/],
    ['two ids', { 'broker.id': '9' }, /same value/],
    ['a bad number', { 'num.partitions': 'x' }, /Invalid value x for configuration num\.partitions: Not a number/],
    ['no quorum', { 'controller.quorum.bootstrap.servers': undefined }, /Set controller\.quorum\.bootstrap\.servers/],
    ['not a voter', { 'controller.quorum.voters': '2@a:1' }, /Add node 1 to controller\.quorum\.voters/],
    ['a listener without protocol', { listeners: 'X://:1,CONTROLLER://:2' }, /Add X:<protocol>/],
    ['not a listener', { listeners: 'localhost:9092' }, /NAME:\/\/host:port/],
    ['one port twice', { listeners: 'PLAINTEXT://:1,CONTROLLER://:1' }, /own port/],
    ['no controller listener', { listeners: 'PLAINTEXT://:1' }, /Add a CONTROLLER entry to listeners/],
    ['only controller listeners', { listeners: 'CONTROLLER://:2' }, /Add a listener to listeners/],
    ['an unknown inter-broker listener', { 'inter.broker.listener.name': 'NOPE' }, /Add NOPE:<protocol>/],
    ['0.0.0.0 advertised', { 'advertised.listeners': 'PLAINTEXT://0.0.0.0:1' }, /0\.0\.0\.0/],
    ['a stranger advertised', { 'advertised.listeners': 'X://h:1' }, /Take X out of advertised\.listeners/],
    ['no log directory', { 'log.dirs': '' }, /log\.dirs/],
    ['no classic groups', { 'group.coordinator.rebalance.protocols': 'consumer' }, /classic/],
    ['too few queued bytes', { 'queued.max.request.bytes': '5' }, /queued\.max\.request\.bytes/],
    ['retention 0', { 'log.retention.hours': '0' }, /log\.retention\.ms/],
    ['broker among the voters', { 'process.roles': 'broker', 'controller.quorum.voters': '1@a:1' }, /another node\.id/],
    ['broker with controller listener', { 'process.roles': 'broker' }, /Take CONTROLLER out of listeners/],
    ['controller with broker listener', { 'process.roles': 'controller' }, /Take PLAINTEXT out of listeners/],
  ])('refuses %s with one sentence', (_case, changes, sentence) => {
    expect(() => configOf(changes)).toThrow(ConfigError)
    expect(() => configOf(changes)).toThrow(sentence)
  })

  test.each([
    ['authorizer.class.name', 'kafka.security.authorizer.AclAuthorizer'],
    ['super.users', 'admin'],
    ['remote.log.storage.system.enable', 'true'],
  ])('refuses at the start what it could only ignore: %s', (name, value) => {
    const authorizer = name === 'super.users' ? { 'authorizer.class.name': STANDARD_AUTHORIZER } : {}
    expect(() => refuseUnsupported(configOf({ ...authorizer, [name]: value }))).toThrow(ConfigError)
  })

  test("knows the configs of Kafka's authorizer", () => {
    const config = configOf({
      'authorizer.class.name': STANDARD_AUTHORIZER,
      'super.users': ' User:admin ;; User:CN=a,O=b; ',
      'allow.everyone.if.no.acl.found': 'TRUE',
    })
    refuseUnsupported(config)
    expect(config.warnings).toEqual([])
    expect(authorizerConfig(config.get('authorizer.class.name'), config.given)).toEqual({
      superUsers: new Set(['User:admin', 'User:CN=a,O=b']),
      allowIfNoAcl: true,
    })
  })
})
