/** XXH3, 64 bits, seed 0: the hash that groups keep of their topics. Rarely computed, so big integers will do. */

const MASK = 0xffff_ffff_ffff_ffffn
const LOW = 0xffff_ffffn

const PRIME32_1 = 0x9e3779b1n
const PRIME32_2 = 0x85ebca77n
const PRIME32_3 = 0xc2b2ae3dn
const PRIME64_1 = 0x9e3779b185ebca87n
const PRIME64_2 = 0xc2b2ae3d27d4eb4fn
const PRIME64_3 = 0x165667b19e3779f9n
const PRIME64_4 = 0x85ebca77c2b2ae63n
const PRIME64_5 = 0x27d4eb2f165667c5n
const PRIME_MX1 = 0x165667919e3779f9n
const PRIME_MX2 = 0x9fb21c651e98df25n

const SECRET = Buffer.from(
  'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221' +
    'b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8' +
    'a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb' +
    '170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e',
  'hex',
)

const STRIPE = 64
const LANES = 8
/** How far each stripe of a block moves on in the secret. */
const SECRET_STEP = 8

const secret64 = (at: number): bigint => SECRET.readBigUInt64LE(at)
const secret32 = (at: number): bigint => BigInt(SECRET.readUInt32LE(at))

function foldedProduct(a: bigint, b: bigint): bigint {
  const product = a * b
  return (product & MASK) ^ (product >> 64n)
}

function avalanche(hash: bigint): bigint {
  let h = hash ^ (hash >> 37n)
  h = (h * PRIME_MX1) & MASK
  return h ^ (h >> 32n)
}

function avalanche64(hash: bigint): bigint {
  let h = ((hash ^ (hash >> 33n)) * PRIME64_2) & MASK
  h = ((h ^ (h >> 29n)) * PRIME64_3) & MASK
  return h ^ (h >> 32n)
}

const rotateLeft = (value: bigint, bits: bigint): bigint => ((value << bits) | (value >> (64n - bits))) & MASK

function swapBytes(value: bigint): bigint {
  const buffer = Buffer.allocUnsafe(8)
  buffer.writeBigUInt64LE(value)
  return buffer.readBigUInt64BE()
}

function upTo16(data: Buffer): bigint {
  const { length } = data
  if (length > 8) {
    const low = data.readBigUInt64LE(0) ^ secret64(24) ^ secret64(32)
    const high = data.readBigUInt64LE(length - 8) ^ secret64(40) ^ secret64(48)
    return avalanche((BigInt(length) + swapBytes(low) + high + foldedProduct(low, high)) & MASK)
  }
  if (length >= 4) {
    const first = BigInt(data.readUInt32LE(0))
    const last = BigInt(data.readUInt32LE(length - 4))
    let hash = (last + (first << 32n)) ^ secret64(8) ^ secret64(16)
    hash ^= rotateLeft(hash, 49n) ^ rotateLeft(hash, 24n)
    hash = (hash * PRIME_MX2) & MASK
    hash ^= (hash >> 35n) + BigInt(length)
    hash = (hash * PRIME_MX2) & MASK
    return hash ^ (hash >> 28n)
  }
  if (length > 0) {
    const [first, middle, last] = [data.readUInt8(0), data.readUInt8(length >> 1), data.readUInt8(length - 1)]
    const combined = ((first << 16) | (middle << 24) | last | (length << 8)) >>> 0
    return avalanche64(BigInt(combined) ^ secret32(0) ^ secret32(4))
  }
  return avalanche64(secret64(56) ^ secret64(64))
}

function mix16(data: Buffer, at: number, secretAt: number): bigint {
  return foldedProduct(
    data.readBigUInt64LE(at) ^ secret64(secretAt),
    data.readBigUInt64LE(at + 8) ^ secret64(secretAt + 8),
  )
}

function upTo128(data: Buffer): bigint {
  const { length } = data
  let sum = BigInt(length) * PRIME64_1
  for (let i = (length - 1) >> 5; i >= 0; i--) {
    sum += mix16(data, 16 * i, 32 * i) + mix16(data, length - 16 * (i + 1), 32 * i + 16)
  }
  return avalanche(sum & MASK)
}

function upTo240(data: Buffer): bigint {
  const { length } = data
  const rounds = Math.floor(length / 16)
  let sum = BigInt(length) * PRIME64_1
  for (let i = 0; i < 8; i++) sum += mix16(data, 16 * i, 16 * i)
  sum = avalanche(sum & MASK)
  for (let i = 8; i < rounds; i++) sum += mix16(data, 16 * i, 16 * (i - 8) + 3)
  sum += mix16(data, length - 16, 136 - 17)
  return avalanche(sum & MASK)
}

function accumulate(lanes: bigint[], data: Buffer, at: number, secretAt: number): void {
  for (let lane = 0; lane < LANES; lane++) {
    const value = data.readBigUInt64LE(at + 8 * lane)
    const keyed = value ^ secret64(secretAt + 8 * lane)
    const other = lane ^ 1
    lanes[other] = ((lanes[other] ?? 0n) + value) & MASK
    lanes[lane] = ((lanes[lane] ?? 0n) + (keyed & LOW) * (keyed >> 32n)) & MASK
  }
}

function scramble(lanes: bigint[]): void {
  const secretAt = SECRET.length - STRIPE
  for (let lane = 0; lane < LANES; lane++) {
    const value = lanes[lane] ?? 0n
    lanes[lane] = ((value ^ (value >> 47n) ^ secret64(secretAt + 8 * lane)) * PRIME32_1) & MASK
  }
}

function long(data: Buffer): bigint {
  const lanes = [PRIME32_3, PRIME64_1, PRIME64_2, PRIME64_3, PRIME64_4, PRIME32_2, PRIME64_5, PRIME32_1]
  const stripesPerBlock = (SECRET.length - STRIPE) / SECRET_STEP
  // The last stripe is always read on its own, from the end.
  const stripes = Math.floor((data.length - 1) / STRIPE)
  for (let stripe = 0; stripe < stripes; stripe++) {
    const inBlock = stripe % stripesPerBlock
    accumulate(lanes, data, stripe * STRIPE, inBlock * SECRET_STEP)
    if (inBlock === stripesPerBlock - 1) scramble(lanes)
  }
  accumulate(lanes, data, data.length - STRIPE, SECRET.length - STRIPE - 7)
  let sum = BigInt(data.length) * PRIME64_1
  for (let pair = 0; pair < LANES / 2; pair++) {
    const [a, b] = [lanes[2 * pair] ?? 0n, lanes[2 * pair + 1] ?? 0n]
    sum += foldedProduct(a ^ secret64(11 + 16 * pair), b ^ secret64(11 + 16 * pair + 8))
  }
  return avalanche(sum & MASK)
}

/** As a signed number, as Java has it. */
export function xxh3(data: Buffer): bigint {
  const { length } = data
  const hash = length <= 16 ? upTo16(data) : length <= 128 ? upTo128(data) : length <= 240 ? upTo240(data) : long(data)
  return BigInt.asIntN(64, hash)
}
