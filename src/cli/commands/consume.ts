import { Command, InvalidArgumentError, Option } from 'commander'
import type { KafkaClient } from '../../client/client.ts'
import { newestRecords, type ReadFrom, type ReadRecord, readRecords } from '../../client/fetch.ts'
import { GroupConsumer } from '../../client/group-consumer.ts'
import { note } from '../terminal/output.ts'
import { Progress } from '../terminal/progress.ts'
import { UserError } from '../user-error.ts'
import { asking, type ClientFlags, instant, interrupted, numbers, wholeNumber, withClient } from './common.ts'
import { FORMATS, type Format, formatter } from './record-format.ts'

export interface ConsumeFlags extends ClientFlags {
  readonly from?: 'beginning' | 'end'
  readonly offset?: number
  readonly since?: number
  readonly until?: number
  readonly last?: number
  readonly partition?: readonly number[]
  readonly group?: string
  readonly commit: boolean
  readonly follow?: boolean
  readonly limit?: number
  readonly key?: string
  readonly grep?: RegExp
  readonly format: Format
  readonly committed?: boolean
}

export function consumeCommand(): Command {
  return asking(new Command('consume').description('read records and print one in each line').argument('<topic>'), [
    'consume orders --from beginning --limit 10',
    'consume orders --last 5 --format json',
    'consume orders --follow --grep paid',
    'consume orders --since 2026-01-31T12:00:00Z --until 2026-01-31T13:00:00Z',
    'consume orders --group billing',
  ])
    .addOption(
      new Option('--from <place>', 'where to begin (default: beginning; with --follow: end)').choices([
        'beginning',
        'end',
      ]),
    )
    .option('-o, --offset <n>', 'begin at this offset of each partition', wholeNumber)
    .option('-s, --since <time>', 'begin with the first record that is not older', instant)
    .option('--until <time>', 'end with the first record that is younger', instant)
    .option('-l, --last <n>', 'the youngest records, the oldest of them first', wholeNumber)
    .option('-p, --partition <n,…>', 'only these partitions', numbers)
    .option('-g, --group <id>', 'as a member of this group, from where it is, until Ctrl-C')
    .option('--no-commit', 'leave the offsets of the group as they are')
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .option('-n, --limit <n>', 'end after so many records', wholeNumber)
    .option('-k, --key <key>', 'only records with this key')
    .option('--grep <regex>', 'only records whose key or value matches', regex)
    .addOption(new Option('--format <format>', 'how a record is printed').choices(FORMATS).default('text'))
    .option('--committed', 'without the records of open and aborted transactions')
    .action((topic: string, flags: ConsumeFlags) => withClient(flags, (client) => consume(client, topic, flags)))
}

function regex(text: string): RegExp {
  try {
    return new RegExp(text)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : 'It is no regular expression.')
  }
}

async function consume(client: KafkaClient, topic: string, flags: ConsumeFlags): Promise<void> {
  const show = formatter(flags.json ? 'json' : flags.format)
  const wants = filterOf(flags)
  const { limit = Number.POSITIVE_INFINITY } = flags
  const stop = interrupted()
  const progress = new Progress('Read', limit)
  const isQuiet = process.stdout.isTTY === true
  let count = 0
  let looked = 0
  for await (const record of recordsOf(client, topic, flags, stop.signal)) {
    if (!isQuiet) progress.at(++looked, 'records')
    if (!wants(record)) continue
    if (!process.stdout.write(show(record))) await new Promise((resolve) => process.stdout.once('drain', resolve))
    if (++count >= limit) break
  }
  progress.end()
  if (isQuiet && !flags.json) note(`${count} records.`)
}

function recordsOf(
  client: KafkaClient,
  topic: string,
  flags: ConsumeFlags,
  signal: AbortSignal,
): AsyncIterable<ReadRecord> {
  const isolation = flags.committed ? 'read_committed' : 'read_uncommitted'
  const { partition: partitions, until } = flags
  if (flags.group !== undefined) {
    if (startOf(flags) !== undefined || partitions !== undefined) {
      throw new UserError('Leave --partition and where to begin out: the group knows (see groups reset-offsets).')
    }
    const options = { groupId: flags.group, topics: [topic], isolation, commits: flags.commit, signal } as const
    return new GroupConsumer(client, options).records()
  }
  if (flags.last !== undefined && !flags.follow) {
    return newest(client, topic, flags, signal)
  }
  return readRecords(client, {
    topic,
    partitions,
    from: startOf(flags) ?? (flags.follow ? 'end' : 'beginning'),
    follow: flags.follow ?? false,
    isolation,
    signal,
    ...(until !== undefined && { untilTimestamp: until }),
  })
}

async function* newest(client: KafkaClient, topic: string, flags: ConsumeFlags, signal: AbortSignal) {
  const { last: count = 0, partition: partitions, committed } = flags
  const isolation = committed ? 'read_committed' : 'read_uncommitted'
  yield* await newestRecords(client, { topic, partitions, count, isolation, signal })
}

/** @throws UserError where it is said twice */
function startOf({ from, offset, since, last }: ConsumeFlags): ReadFrom | undefined {
  const given: ReadFrom[] = []
  if (from !== undefined) given.push(from)
  if (offset !== undefined) given.push({ offset })
  if (since !== undefined) given.push({ timestamp: since })
  if (last !== undefined) given.push({ last })
  if (given.length > 1) throw new UserError('Say once where to begin: --from, --offset, --since or --last.')
  return given[0]
}

function filterOf({ key, grep }: ConsumeFlags): (record: ReadRecord) => boolean {
  const wantedKey = key === undefined ? undefined : Buffer.from(key)
  return (record) => {
    if (wantedKey !== undefined && !(record.key !== null && wantedKey.equals(record.key))) return false
    if (grep === undefined) return true
    return grep.test(record.key?.toString() ?? '') || grep.test(record.value?.toString() ?? '')
  }
}
