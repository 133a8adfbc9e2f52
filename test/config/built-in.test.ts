import { expect, test } from 'vitest'
import { BrokerConfig } from '../../src/config/broker-config.ts'
import { BUILT_IN_PROPERTIES, completedOverrides } from '../../src/config/built-in.ts'

test.each([
  ['PLAINTEXT://localhost:19092', 'localhost', 0],
  ['PLAINTEXT://localhost:19092,CONTROLLER://localhost:19093', 'localhost', 19093],
  ['CONTROLLER://:19093, PLAINTEXT://:19092', 'localhost', 19093],
  ['PLAINTEXT://localhost:19092,CONTROLLER://10.0.0.1:19093', '10.0.0.1', 19093],
])('a node without a file that listens at %s finds its quorum at %s:%i', (listeners, host, port) => {
  const overrides = completedOverrides(new Map([['listeners', listeners]]))
  const config = new BrokerConfig({ file: BUILT_IN_PROPERTIES, overrides })
  expect(config.quorumBootstrapServers).toEqual([{ host, port }])
  expect(config.controllerListeners.map((listener) => listener.port)).toEqual([port])
})

test.each([
  { 'log.dirs': '/elsewhere' },
  { listeners: 'PLAINTEXT://:1', 'process.roles': 'broker' },
  { listeners: 'PLAINTEXT://:1,CONTROLLER://:2', 'controller.quorum.voters': '1@there:2' },
  { listeners: 'PLAINTEXT://:1,X://:2', 'controller.listener.names': 'X' },
])('overrides stay as they are: %j', (given) => {
  const overrides = new Map(Object.entries(given))
  expect(completedOverrides(overrides)).toEqual(overrides)
})
