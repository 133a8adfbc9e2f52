/**
 * RC2 (RFC 2268), decryption only: old tools wrote certificates of PKCS#12 stores so, and OpenSSL has put it away. It hides
 * nothing that is secret.
 */

const PI = Buffer.from(
  'd978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2' +
    '179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82' +
    '54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626' +
    '6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7' +
    '08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec' +
    'c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731' +
    '2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9' +
    '0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad',
  'hex',
)
const BLOCK = 8

/** CBC; the padding is taken away. Undefined: the padding is none, so the key was wrong. */
export function decryptRc2(key: Buffer, effectiveBits: number, iv: Buffer, sealed: Buffer): Buffer | undefined {
  if (sealed.length === 0 || sealed.length % BLOCK !== 0) return undefined
  const schedule = expand(key, effectiveBits)
  const open = Buffer.alloc(sealed.length)
  let previous: Buffer = iv
  for (let at = 0; at < sealed.length; at += BLOCK) {
    const block = sealed.subarray(at, at + BLOCK)
    decryptBlock(schedule, block, open, at)
    for (let i = 0; i < BLOCK; i++) open[at + i] = (open[at + i] ?? 0) ^ (previous[i] ?? 0)
    previous = block
  }
  const padding = open[open.length - 1] ?? 0
  return padding >= 1 && padding <= BLOCK ? open.subarray(0, open.length - padding) : undefined
}

function expand(key: Buffer, effectiveBits: number): Uint16Array {
  const bytes = Buffer.alloc(128)
  key.copy(bytes)
  const pi = (index: number): number => PI[index & 0xff] ?? 0
  for (let i = key.length; i < 128; i++) bytes[i] = pi((bytes[i - 1] ?? 0) + (bytes[i - key.length] ?? 0))
  const effective = (effectiveBits + 7) >> 3
  const mask = 0xff >> (8 * effective - effectiveBits)
  bytes[128 - effective] = pi((bytes[128 - effective] ?? 0) & mask)
  for (let i = 127 - effective; i >= 0; i--) bytes[i] = pi((bytes[i + 1] ?? 0) ^ (bytes[i + effective] ?? 0))
  return Uint16Array.from({ length: 64 }, (_, i) => bytes.readUInt16LE(2 * i))
}

const ROTATE = [1, 2, 3, 5]

function decryptBlock(schedule: Uint16Array, block: Buffer, target: Buffer, at: number): void {
  const words = [0, 1, 2, 3].map((i) => block.readUInt16LE(2 * i))
  const word = (i: number): number => words[i & 3] ?? 0
  let k = 63
  for (let round = 15; round >= 0; round--) {
    for (let i = 3; i >= 0; i--) {
      const by = ROTATE[i] ?? 0
      const turned = ((word(i) >>> by) | (word(i) << (16 - by))) & 0xffff
      const mixed = (word(i + 3) & word(i + 2)) + (~word(i + 3) & word(i + 1))
      words[i] = (turned - (schedule[k--] ?? 0) - mixed) & 0xffff
    }
    if (round !== 11 && round !== 5) continue
    for (let i = 3; i >= 0; i--) words[i] = (word(i) - (schedule[word(i + 3) & 63] ?? 0)) & 0xffff
  }
  for (let i = 0; i < 4; i++) target.writeUInt16LE(word(i), at + 2 * i)
}
