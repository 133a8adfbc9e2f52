/** The framing of snappy-java that Kafka's clients use: a 16-byte header, then blocks with a length before each. */
const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])

export function frameSnappy(block: Buffer): Buffer {
  const head = Buffer.alloc(20)
  MAGIC.copy(head)
  head.writeInt32BE(1, 8)
  head.writeInt32BE(1, 12)
  head.writeInt32BE(block.length, 16)
  return Buffer.concat([head, block])
}

/** The raw snappy blocks in a value that may be framed or not. */
export function snappyBlocks(bytes: Buffer): Buffer[] {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return [bytes]
  const blocks: Buffer[] = []
  for (let at = 16; at + 4 <= bytes.length; ) {
    const size = bytes.readInt32BE(at)
    blocks.push(bytes.subarray(at + 4, at + 4 + size))
    at += 4 + size
  }
  return blocks
}
