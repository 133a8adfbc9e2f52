import { describe, expect, test } from 'vitest'
import { BrokerConfig } from '../../../src/config/broker-config.ts'
import { BUILT_IN_PROPERTIES } from '../../../src/config/built-in.ts'
import type { SecurityProtocol } from '../../../src/config/listeners.ts'
import { fixedSettings } from '../../../src/node/tls/settings.ts'

function settingsOf(given: Record<string, string>, protocol: SecurityProtocol = 'SSL') {
  const config = new BrokerConfig({ file: BUILT_IN_PROPERTIES, overrides: new Map(Object.entries(given)) })
  return fixedSettings(config, 'FRONT', protocol)
}

const rulesOf = (given: Record<string, string>) => settingsOf(given).rules
const [AES, OLD_AES] = ['TLS_AES_128_GCM_SHA256', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256']

describe('protocols and cipher suites', () => {
  test.each([
    [{}, 'TLSv1.2', 'TLSv1.3', undefined],
    [{ 'ssl.enabled.protocols': 'TLSv1.3' }, 'TLSv1.3', 'TLSv1.3', undefined],
    [{ 'ssl.enabled.protocols': 'TLSv1.1,TLSv1.2' }, 'TLSv1.2', 'TLSv1.2', undefined],
    [{ 'ssl.enabled.protocols': '', 'ssl.protocol': 'TLSv1.2' }, 'TLSv1.2', 'TLSv1.2', undefined],
    [{ 'ssl.cipher.suites': AES }, 'TLSv1.3', 'TLSv1.3', AES],
    [{ 'ssl.cipher.suites': OLD_AES }, 'TLSv1.2', 'TLSv1.2', 'ECDHE-RSA-AES128-GCM-SHA256'],
    [{ 'ssl.cipher.suites': `${AES},${OLD_AES}` }, 'TLSv1.2', 'TLSv1.3', `${AES}:ECDHE-RSA-AES128-GCM-SHA256`],
    [{ 'listener.name.front.ssl.enabled.protocols': 'TLSv1.2' }, 'TLSv1.2', 'TLSv1.2', undefined],
    [{ 'listener.name.other.ssl.enabled.protocols': 'TLSv1.2' }, 'TLSv1.2', 'TLSv1.3', undefined],
  ])('%j', (given, minVersion, maxVersion, ciphers) => {
    expect(rulesOf(given)).toEqual({ minVersion, maxVersion, ...(ciphers !== undefined && { ciphers }) })
  })

  test.each([
    ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
    ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'],
    ['TLS_DHE_RSA_WITH_AES_128_CBC_SHA256', 'DHE-RSA-AES128-SHA256'],
    ['TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA', 'ECDHE-RSA-AES256-SHA'],
    ['TLS_RSA_WITH_AES_128_GCM_SHA256', 'AES128-GCM-SHA256'],
  ])('%s is %s', (java, openssl) => {
    expect(rulesOf({ 'ssl.cipher.suites': java }).ciphers).toBe(openssl)
  })

  test.each([
    [{ 'ssl.enabled.protocols': 'TLSv1,TLSv1.1' }, /^Add TLSv1.2 or TLSv1.3/],
    [{ 'ssl.enabled.protocols': 'TLSv9' }, /^Take TLSv9 out/],
    [{ 'ssl.protocol': 'nonsense' }, /^Set ssl.protocol of FRONT/],
    [{ 'ssl.cipher.suites': 'TLS_RSA_WITH_RC4_128_MD5' }, /^Take TLS_RSA_WITH_RC4_128_MD5 out/],
    [{ 'ssl.enabled.protocols': 'TLSv1.3', 'ssl.cipher.suites': OLD_AES }, /^Add a suite of TLSv1.3/],
    [{ 'ssl.endpoint.identification.algorithm': 'ldaps' }, /^Set ssl.endpoint.identification.algorithm/],
    [{ 'ssl.principal.mapping.rules': 'RULE:(/x/' }, /^Correct ssl.principal.mapping.rules of FRONT/],
  ])('%j is refused', (given, sentence) => {
    expect(() => settingsOf(given)).toThrow(sentence)
  })
})

test('ssl.client.auth of all listeners is not for those that log clients in by SASL', () => {
  const all = { 'ssl.client.auth': 'required' }
  expect(settingsOf(all).clientAuth).toBe('required')
  expect(settingsOf(all, 'SASL_SSL').clientAuth).toBe('none')
  expect(settingsOf({ 'listener.name.front.ssl.client.auth': 'requested' }, 'SASL_SSL').clientAuth).toBe('requested')
})

test('names of hosts are verified unless the algorithm is empty', () => {
  expect(settingsOf({}).verifiesHost).toBe(true)
  expect(settingsOf({ 'ssl.endpoint.identification.algorithm': '' }).verifiesHost).toBe(false)
})
