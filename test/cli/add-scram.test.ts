import { expect, test } from 'vitest'
import { scramRecord } from '../../src/cli/add-scram.ts'

const record = (text: string) => scramRecord(text, (bytes) => Buffer.alloc(bytes, 1))

test.each([
  [
    'SCRAM-SHA-512=[name=alice,iterations=8192,salt="N3E=",saltedpassword="YCE="]',
    { name: 'alice', mechanism: 2, iterations: 8192 },
    'cXajSfkesuEdmelXMIE1FvL2RXPfwlrmGKyq6ai/1my6GnQBkALTiDfj8bysiAAVsysjd15xpW2sEiappLOxvQ==',
    'TGF8Dt3uWsZYXy+/UBt86VtHDWvwHxtUnCY8GKG1QG6muF9I08fZ3MQ0cupwRZ2uY6KK9INaZHi4OxHCDwYMBw==',
  ],
  [
    'SCRAM-SHA-256=[name=carol,password=carol-secret,salt=N3E=]',
    { name: 'carol', mechanism: 1, iterations: 4096 },
    '2ReHdns+2BCTfeN5v6Yo3NMqdIdkjDQZxp4VGCSS1mo=',
    'mNNBZaYAlP1d8x0Ignn0GBBfom28SoVyqLwZsBkru1o=',
  ],
])('%s gives the keys that Kafka makes of it', (text, shown, storedKey, serverKey) => {
  const { type, data } = record(text)
  expect(type).toBe('UserScramCredentialRecord')
  expect(data).toMatchObject({
    ...shown,
    salt: Buffer.from('N3E=', 'base64'),
    storedKey: Buffer.from(storedKey, 'base64'),
    serverKey: Buffer.from(serverKey, 'base64'),
  })
})

test('without a salt, one is made by chance', () => {
  expect(record('SCRAM-SHA-256=[name=a,password=b]').data).toHaveProperty('salt')
})

test.each([
  [
    'SCRAM-SHA-256=[name=a,password=x,iterations=5]',
    "The 'iterations' value must be >= 4096 for add-scram using SCRAM_SHA_256",
  ],
  [
    'SCRAM-SHA-256=[name=a,password=x,iterations=50000]',
    "The 'iterations' value must be <= 16384 for add-scram using SCRAM_SHA_256",
  ],
  ['SCRAM-SHA-1=[name=a,password=x]', 'The add-scram mechanism SCRAM-SHA-1 is not supported.'],
  ['SCRAM-SHA-256', 'Failed to find equals sign in SCRAM argument'],
  ['SCRAM-SHA-256=name=a', 'Expected configuration string to start with ['],
  ['SCRAM-SHA-256=[name=a', 'Expected configuration string to end with ]'],
  ['SCRAM-SHA-256=[name=a]', "You must supply one of 'password' or 'saltedpassword' to add-scram"],
  ['SCRAM-SHA-256=[name=a,saltedpassword=eA==]', "You must supply 'salt' with 'saltedpassword' to add-scram"],
  ['SCRAM-SHA-256=[password=hunter2]', "You must supply 'name' to add-scram"],
  ['SCRAM-SHA-256=[name=a,password=hunter2,foo=c]', 'Unknown SCRAM configurations: foo'],
  ['SCRAM-SHA-256=[name=a,password=hunter2,salt=!!]', 'Failed to decode given salt'],
  ['SCRAM-SHA-256=[name=a,password=b,iterations=x]', 'Failed to parse iterations count: x'],
  ['SCRAM-SHA-256=[name=a,password=b,hunter2]', 'No equals sign found in a SCRAM component'],
])('%s is refused', (text, sentence) => {
  expect(() => record(text)).toThrow(sentence)
  expect(sentence).not.toContain('hunter2')
})
