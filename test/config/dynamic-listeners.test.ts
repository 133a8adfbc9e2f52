import { describe, expect, test } from 'vitest'
import { BrokerConfig } from '../../src/config/broker-config.ts'
import { validateDynamicConfigs } from '../../src/config/dynamic-broker.ts'
import { brokerListenersOf } from '../../src/config/dynamic-listeners.ts'
import { BrokerLayers } from '../../src/config/layers.ts'

const MAP = 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,EXTRA:PLAINTEXT,TLS:SSL'
const P = 'PLAINTEXT://127.0.0.1:1'
const C = 'CONTROLLER://127.0.0.1:2'
const E = 'EXTRA://127.0.0.1:3'

const config = new BrokerConfig({
  file: new Map([
    ['process.roles', 'broker,controller'],
    ['node.id', '1'],
    ['listeners', `${P},${C}`],
    ['advertised.listeners', P],
    ['controller.listener.names', 'CONTROLLER'],
    ['controller.quorum.bootstrap.servers', '127.0.0.1:2'],
    ['listener.security.protocol.map', MAP],
  ]),
})
const running = new BrokerLayers(config)
const withExtra = new BrokerLayers(config, new Map([['listeners', `${P},${C},${E}`]]))

function refusal(configs: Readonly<Record<string, string>>, now = running): unknown {
  try {
    validateDynamicConfigs(new Map(Object.entries(configs)), true, now)
    return undefined
  } catch (error) {
    return (error as { detail?: unknown }).detail
  }
}

const created = (list: string, cause: string) => `Error creating broker listeners from '[${list}]': ${cause}`
const samePort = (list: string, port: number) =>
  'If you have two listeners on the same port then one needs to be IPv4 and the other IPv6, ' +
  `listeners: [${list}], port: ${port}`

/** Sentences of Kafka 4.3.1, but for the last. */
describe('listeners that a running broker may get', () => {
  test.each([
    ['as they are', { listeners: `${P},${C}` }],
    ['one more', { listeners: `${P},${C},${E}` }],
    ['one that moves, which changes nothing', { listeners: `PLAINTEXT://127.0.0.1:9,${C}` }],
  ])('%s', (_, configs) => {
    expect(refusal(configs)).toBeUndefined()
  })

  test.each([
    [
      { listeners: P },
      "requirement failed: controller.listener.names must contain at least one value appearing in the 'listeners' configuration when running the KRaft controller role",
    ],
    [
      { listeners: `${P},${C},EXTRA://127.0.0.1:2` },
      created(`${P}, ${C}, EXTRA://127.0.0.1:2`, samePort(`${P}, ${C}, EXTRA://127.0.0.1:2`, 2)),
    ],
    [{ listeners: 'nonsense' }, created('nonsense', 'Unable to parse nonsense to a broker endpoint')],
    [
      { listeners: `${P},${C},FOURTH://:4` },
      created(`${P}, ${C}, FOURTH://:4`, 'No security protocol defined for listener FOURTH'),
    ],
    [
      { 'listener.security.protocol.map': 'PLAINTEXT:SHOE' },
      'Invalid security protocol `SHOE` defined in listener.security.protocol.map',
    ],
    [
      { listeners: `${C},${E}` },
      'requirement failed: advertised.listeners listener names must be equal to or a subset of the ones defined in listeners. Found PLAINTEXT. The valid options based on the current configuration are CONTROLLER,EXTRA',
    ],
    [
      { listeners: `${P},${C},TLS://:4` },
      'Restart the broker to add TLS: a listener with TLS can not be added while it runs.',
    ],
  ])('not %o', (configs, sentence) => {
    expect(refusal(configs)).toBe(sentence)
  })

  test('not with another protocol', () => {
    const map = MAP.replace('EXTRA:PLAINTEXT', 'EXTRA:SASL_PLAINTEXT')
    const sentence = 'Security protocol cannot be updated for existing listener ListenerName(EXTRA)'
    expect(refusal({ listeners: `${P},${C},${E}`, 'listener.security.protocol.map': map }, withExtra)).toBe(
      `Invalid value org.apache.kafka.common.config.ConfigException: ${sentence} for configuration Invalid dynamic configuration`,
    )
  })

  test('those of the broker, with the controller’s left out', () => {
    expect(brokerListenersOf(running).map(({ name }) => name)).toEqual(['PLAINTEXT'])
    expect(brokerListenersOf(withExtra).map(({ name }) => name)).toEqual(['PLAINTEXT', 'EXTRA'])
  })
})
