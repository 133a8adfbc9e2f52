/** What one batch costs on its way into a log: checksum, validation, and for compressed ones unpacking. */
import { buildBatch } from '../src/record/builder.ts'
import { type Compression, computeCrc, isValid, setBaseOffset } from '../src/record/header.ts'
import { batches } from '../src/record/iterate.ts'
import { type LeaderRules, validateForLeader } from '../src/record/validate.ts'

const RULES: LeaderRules = {
  topicPartition: 'bench-0',
  origin: 'client',
  leaderEpoch: 1,
  nowMs: 1_700_000_000_000,
  compacted: false,
  compression: 'producer',
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Number.POSITIVE_INFINITY,
  timestampAfterMaxMs: 3_600_000,
  maxMessageBytes: 100_000_000,
}

const MIN_MS = 300
const WORDS = ['spool', 'thread', 'log', 'offset', 'leader', 'epoch', 'batch', 'record']

function value(size: number, seed: number): Buffer {
  let text = ''
  for (let i = seed; text.length < size; i = (Math.imul(i, 1103515245) + 12345) >>> 0) {
    text += `${WORDS[(i >>> 16) % WORDS.length]}${i % 97} `
  }
  return Buffer.from(text.slice(0, size))
}

function batchOf(recordSize: number, batchSize: number, compression: Compression): Buffer {
  const count = Math.max(1, Math.floor(batchSize / (recordSize + 10)))
  const records = Array.from({ length: count }, (_, i) => {
    return { timestamp: RULES.nowMs + i, key: null, value: value(recordSize, i) }
  })
  return buildBatch({ records, compression })
}

/** Microseconds of one run: the fastest of three timed rounds. */
function time(run: () => void): number {
  let fastest = Number.POSITIVE_INFINITY
  for (let round = 0; round < 3; round++) {
    let runs = 0
    const start = performance.now()
    while (performance.now() - start < MIN_MS) {
      run()
      runs++
    }
    fastest = Math.min(fastest, ((performance.now() - start) / runs) * 1000)
  }
  return fastest
}

const table: object[] = []
for (const compression of ['none', 'lz4', 'zstd', 'snappy', 'gzip'] as const) {
  for (const recordSize of [100, 1000]) {
    for (const batchSize of [16_384, 1_048_576]) {
      const batch = batchOf(recordSize, batchSize, compression)
      const view = [...batches(batch)][0]
      const crc = time(() => computeCrc(batch, 0))
      const validate = time(() => {
        setBaseOffset(batch, 0, 0)
        validateForLeader(batch, 5, RULES)
      })
      const decode = time(() => {
        for (const record of view?.records() ?? []) if (record.offset < 0) throw new Error('offset')
      })
      if (!isValid(batch, 0)) throw new Error('damaged by its own benchmark')
      table.push({
        compression,
        record: recordSize,
        batch: batch.length,
        'crc µs': Number(crc.toFixed(2)),
        'crc+validate µs': Number(validate.toFixed(2)),
        'MB/s of records': Math.round(batchSize / validate),
        'decode all µs': Number(decode.toFixed(1)),
      })
    }
  }
}
console.table(table)
