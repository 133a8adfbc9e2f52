/** What Kafka's own performance tools print, as numbers. */

export interface ProducerReport {
  readonly mbPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** `… records sent, … records/sec (… MB/sec), … ms avg latency, … ms max latency, … ms 50th, … ms 95th, … ms 99th, …` */
export function producerReport(out: string): ProducerReport {
  const line = out.split('\n').find((each) => each.includes('50th'))
  const match = line && /\(([\d.]+) MB\/sec\).* ([\d.]+) ms 50th.* ([\d.]+) ms 99th/.exec(line)
  if (!match) throw new Error(`not a producer's report:\n${out}`)
  return { mbPerSecond: Number(match[1]), p50Ms: Number(match[2]), p99Ms: Number(match[3]) }
}

/** The sum of the end offsets, from lines of `topic:partition:offset`. */
export function recordsIn(out: string): number {
  const offsets = [...out.matchAll(/^\S+:\d+:(\d+)$/gm)].map((match) => Number(match[1]))
  if (offsets.length === 0) throw new Error(`not a list of offsets:\n${out}`)
  return offsets.reduce((sum, offset) => sum + offset, 0)
}

export interface ConsumerReport {
  readonly mb: number
  readonly mbPerSecond: number
}

/** The table's columns by their names; the fetch rate leaves out the time that joining the group took. */
export function consumerReport(out: string): ConsumerReport {
  const lines = out.trim().split('\n')
  const head = lines.findIndex((line) => line.includes('fetch.MB.sec'))
  const names = lines[head]?.split(',').map((name) => name.trim()) ?? []
  const cells = lines[head + 1]?.split(',').map((cell) => cell.trim()) ?? []
  const cell = (name: string) => Number(cells[names.indexOf(name)])
  const report = { mb: cell('data.consumed.in.MB'), mbPerSecond: cell('fetch.MB.sec') }
  if (!(report.mb > 0)) throw new Error(`not a consumer's report:\n${out}`)
  return report
}

export interface EndToEndReport {
  readonly p50Ms: number
  readonly p99Ms: number
}

export function endToEndReport(out: string): EndToEndReport {
  const match = /50th = ([\d.]+), 99th = ([\d.]+)/.exec(out)
  if (!match) throw new Error(`not an end-to-end report:\n${out}`)
  return { p50Ms: Number(match[1]), p99Ms: Number(match[2]) }
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]]
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2
}
