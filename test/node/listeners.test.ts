import { expect, test } from 'vitest'
import { BrokerConfig } from '../../src/config/broker-config.ts'
import { BUILT_IN_PROPERTIES } from '../../src/config/built-in.ts'
import { settledListeners } from '../../src/node/listeners.ts'

const settled = (listeners: string, advertised?: string) => {
  const file = new Map([...BUILT_IN_PROPERTIES, ['listeners', `${listeners},CONTROLLER://localhost:0`]])
  file.set('listener.security.protocol.map', 'A:PLAINTEXT,B:PLAINTEXT,CONTROLLER:PLAINTEXT')
  file.set('inter.broker.listener.name', 'A')
  if (advertised !== undefined) file.set('advertised.listeners', advertised)
  return [...settledListeners(new BrokerConfig({ file }).brokerListeners)]
}

test('a host that is bound or advertised is told to every client; of every interface, the one that it used', () => {
  expect(settled('A://localhost:0,B://[::1]:0')).toEqual(['A', 'B'])
  expect(settled('A://:0,B://127.0.0.1:0')).toEqual(['B'])
  expect(settled('A://0.0.0.0:0,B://[::]:0')).toEqual([])
  expect(settled('A://:0,B://[::]:0', 'A://kafka.example:9092')).toEqual(['A'])
})
