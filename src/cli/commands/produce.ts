import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Command, InvalidArgumentError, Option } from 'commander'
import { type Message, Producer } from '../../client/produce.ts'
import { COMPRESSIONS, type Compression } from '../../record/header.ts'
import { note, printJson } from '../terminal/output.ts'
import { UserError } from '../user-error.ts'
import { asking, type ClientFlags, collect, interrupted, pairs, wholeNumber, withClient } from './common.ts'

interface ProduceFlags extends ClientFlags {
  readonly file?: string
  readonly key?: string
  readonly keySeparator?: string
  readonly header: readonly string[]
  readonly partition?: number
  readonly format: 'text' | 'json'
  readonly compression: Compression
  readonly acks: -1 | 0 | 1
  readonly idempotent: boolean
  readonly nullValue?: string
  readonly createTopic?: boolean
}

const MOST_WAITING_BYTES = 16 * 1024 * 1024

export function produceCommand(): Command {
  return asking(new Command('produce').description('write a record of each line of the input').argument('<topic>'), [
    'produce orders < lines.txt',
    'echo "42=paid" | odradek produce orders --key-separator =',
    `produce orders --format json <<< '{"key":"42","value":{"state":"paid"},"headers":{"from":"shop"}}'`,
  ])
    .option('-f, --file <file>', 'read this file in place of the standard input')
    .option('-k, --key <key>', 'the key of every record')
    .option('--key-separator <text>', 'each line is a key, this, and a value')
    .option('-H, --header <name=value>', 'a header of every record, may be repeated', collect, [])
    .option('-p, --partition <n>', 'write to this partition (default: by the key)', wholeNumber)
    .addOption(
      new Option('--format <format>', 'text, or a JSON object in each line: key, value, headers, partition, timestamp')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addOption(new Option('-z, --compression <type>', 'of batches').choices(COMPRESSIONS).default('none'))
    .option('-a, --acks <acks>', 'all, 1 (the leader) or 0 (nobody)', acksOf, -1)
    .option('--no-idempotent', 'a record may be written twice, where it has to be sent again')
    .option('--null-value <text>', 'lines with this value are tombstones')
    .option('--create-topic', 'make the topic, where the broker allows that')
    .action((topic: string, flags: ProduceFlags) =>
      withClient(flags, (client) => run(new Producer(client, optionsOf(flags)), topic, flags)),
    )
}

function optionsOf({ acks, compression, idempotent, createTopic, timeout }: ProduceFlags) {
  return {
    acks,
    compression,
    idempotent: idempotent && acks === -1,
    lingerMs: 5,
    createsTopics: createTopic ?? false,
    ...(timeout !== undefined && { deliveryTimeoutMs: timeout }),
  }
}

function acksOf(text: string): -1 | 0 | 1 {
  if (text === 'all' || text === '-1') return -1
  if (text === '1') return 1
  if (text === '0') return 0
  throw new InvalidArgumentError('Give all, 1 or 0.')
}

async function run(producer: Producer, topic: string, flags: ProduceFlags): Promise<void> {
  const headers = Object.entries(pairs(flags.header)).map(([key, value]) => ({ key, value: Buffer.from(value) }))
  const { signal } = interrupted()
  const input = flags.file === undefined ? process.stdin : createReadStream(flags.file)
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY, signal })
  let failure: { readonly error: unknown } | undefined
  input.on('error', () => {
    failure ??= { error: new UserError(`Give --file a file that can be read: ${flags.file} can't.`) }
    lines.close()
  })
  let count = 0
  let number = 0
  for await (const line of lines) {
    number++
    if (failure !== undefined || signal.aborted) break
    if (flags.format === 'json' && line.trim() === '') continue
    const message = { ...messageOf(topic, line, number, flags), topic }
    const own = message.headers ?? []
    producer.send({ ...message, headers: [...headers, ...own] }).then(
      () => count++,
      (error: unknown) => {
        failure ??= { error }
      },
    )
    await producer.ready(MOST_WAITING_BYTES)
  }
  await producer.flush()
  // The last of them tell a moment later.
  await new Promise((resolve) => setImmediate(resolve))
  if (flags.json) printJson({ topic, records: count })
  else if (process.stdin.isTTY || failure !== undefined) note(`${count} records written.`)
  if (failure !== undefined) throw failure.error
}

function messageOf(topic: string, line: string, number: number, flags: ProduceFlags): Message {
  if (flags.format === 'json') return jsonMessage(topic, line, number, flags)
  const { keySeparator, partition } = flags
  let key = flags.key
  let value = line
  if (keySeparator !== undefined) {
    const at = line.indexOf(keySeparator)
    if (at < 0) throw new UserError(`Put '${keySeparator}' between key and value: line ${number} has none.`)
    key = line.slice(0, at)
    value = line.slice(at + keySeparator.length)
  }
  const isNull = flags.nullValue !== undefined && value === flags.nullValue
  return {
    topic,
    partition,
    key: key === undefined ? null : Buffer.from(key),
    value: isNull ? null : Buffer.from(value),
  }
}

function jsonMessage(topic: string, line: string, number: number, flags: ProduceFlags): Message {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    throw new UserError(`Write each line as a JSON object: line ${number} is none.`)
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new UserError(`Write each line as a JSON object: line ${number} is none.`)
  }
  const {
    key = flags.key ?? null,
    value = null,
    headers = {},
    partition = flags.partition,
    timestamp,
  } = json as Record<string, unknown>
  if (typeof headers !== 'object' || headers === null)
    throw new UserError(`Write headers as an object in line ${number}.`)
  const isPlace = partition === undefined || Number.isInteger(partition)
  const isTime = timestamp === undefined || Number.isInteger(timestamp)
  if (!isPlace || !isTime) throw new UserError(`Write partition and timestamp as whole numbers in line ${number}.`)
  return {
    topic,
    partition: partition as number | undefined,
    timestamp: timestamp as number | undefined,
    key: bytesOf(key),
    value: bytesOf(value),
    headers: Object.entries(headers).map(([name, content]) => ({ key: name, value: bytesOf(content) })),
  }
}

/** A text as it is, anything else as its JSON, `{"base64":"…"}` as the bytes that it stands for. */
function bytesOf(value: unknown): Buffer | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return Buffer.from(value)
  if (typeof value === 'object' && 'base64' in value && Object.keys(value).length === 1) {
    return Buffer.from(String(value.base64), 'base64')
  }
  return Buffer.from(JSON.stringify(value))
}
