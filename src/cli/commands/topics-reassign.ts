import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { alterReassignments, listReassignments, type NewAssignment } from '../../client/admin/reassignments.ts'
import type { KafkaClient } from '../../client/client.ts'
import { print, printJson, printRows } from '../terminal/output.ts'
import { Progress } from '../terminal/progress.ts'
import type { Column } from '../terminal/table.ts'
import { UserError } from '../user-error.ts'
import { asking, type ClientFlags, interrupted, numbers, wholeNumber, withClient } from './common.ts'

interface ReassignFlags extends ClientFlags {
  readonly to?: readonly number[]
  readonly replicationFactor?: number
  readonly file?: string
  readonly cancel?: boolean
  readonly status?: boolean
  readonly dryRun?: boolean
  readonly wait: boolean
}

const LOOK_MS = 500

export function reassignCommand(): Command {
  return asking(
    new Command('reassign')
      .description('move replicas to other brokers, or keep more or fewer of them')
      .argument('[topic...]'),
    [
      'topics reassign orders --to 4,5,6 --dry-run',
      'topics reassign orders --to 1,2,3 --replication-factor 3',
      'topics reassign --file reassignment.json',
      'topics reassign --status',
    ],
  )
    .option('--to <brokers>', 'the brokers that shall have the replicas, with commas between', numbers)
    .option('-r, --replication-factor <n>', 'how often each partition is kept (default: as now)', wholeNumber)
    .option(
      '--file <json>',
      'a plan as kafka-reassign-partitions.sh has it: {"partitions":[{"topic","partition","replicas"}]}',
    )
    .option('--dry-run', 'only print the plan')
    .option('--cancel', 'stop what is under way (of these topics, or of all)')
    .option('--status', 'only print what is under way')
    .option('--no-wait', 'do not wait until the replicas are there')
    .action((topics: string[], flags: ReassignFlags) => withClient(flags, (client) => reassign(client, topics, flags)))
}

async function reassign(client: KafkaClient, topics: readonly string[], flags: ReassignFlags): Promise<void> {
  if (flags.status) {
    printRows(flags.json === true, await underWay(client, topics), COLUMNS, 'Nothing is under way.')
    return
  }
  const plan = flags.cancel ? await cancellation(client, topics) : await planOf(client, topics, flags)
  if (flags.dryRun || plan.length === 0) {
    printRows(flags.json === true, plan, PLAN, 'There is nothing to do.')
    return
  }
  const results = await alterReassignments(client, plan)
  const failed = [...results].flatMap(([key, error]) => (error === undefined ? [] : [`${key}: ${error.message}`]))
  if (failed.length > 0) throw new UserError(failed.join('\n'))
  const isDone = !flags.cancel && flags.wait && (await finished(client, plan))
  if (flags.json) printJson({ partitions: plan, finished: isDone })
  else if (flags.cancel) print(`Cancelled ${plan.length} moves.`)
  else
    print(
      isDone ? `Moved ${plan.length} partitions.` : `Moving ${plan.length} partitions: see topics reassign --status.`,
    )
}

async function underWay(client: KafkaClient, topics: readonly string[]) {
  const all = await listReassignments(client)
  return topics.length === 0 ? all : all.filter(({ topic }) => topics.includes(topic))
}

async function cancellation(client: KafkaClient, topics: readonly string[]): Promise<NewAssignment[]> {
  return (await underWay(client, topics)).map(({ topic, partition }) => ({ topic, partition, replicas: null }))
}

async function planOf(client: KafkaClient, topics: readonly string[], flags: ReassignFlags): Promise<NewAssignment[]> {
  if (flags.file !== undefined) return planFrom(flags.file)
  if (topics.length === 0) throw new UserError('Name the topics to reassign, or give a plan with --file.')
  const { to, replicationFactor } = flags
  if (to === undefined) throw new UserError('Say with --to which brokers shall have the replicas.')
  const known = new Set((await client.cluster()).brokers.map(({ id }) => id))
  const missing = to.find((id) => !known.has(id))
  if (missing !== undefined) throw new UserError(`Take ${missing} out of --to: there is no such broker.`)
  const plan: NewAssignment[] = []
  for (const name of topics) {
    const { partitions } = await client.topic(name)
    for (const { partition, replicas } of partitions) {
      const count = replicationFactor ?? replicas.length
      if (count < 1 || count > to.length) {
        throw new UserError(`Give --to at least ${count} brokers: ${name} is to be kept ${count} times.`)
      }
      const next = Array.from({ length: count }, (_, at) => to[(partition + at) % to.length] ?? 0)
      if (next.join() !== replicas.join()) plan.push({ topic: name, partition, replicas: next })
    }
  }
  return plan
}

function planFrom(file: string): NewAssignment[] {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw new UserError(`Give --file a file with JSON: ${file} is none that can be read.`)
  }
  const list = typeof json === 'object' && json !== null && 'partitions' in json ? json.partitions : undefined
  if (!Array.isArray(list) || !list.every(isAssignment)) {
    throw new UserError(`Write ${file} as {"partitions":[{"topic":"t","partition":0,"replicas":[1,2]}]}.`)
  }
  return list.map(({ topic, partition, replicas }) => ({ topic, partition, replicas }))
}

function isAssignment(value: unknown): value is { topic: string; partition: number; replicas: number[] } {
  if (typeof value !== 'object' || value === null) return false
  const { topic, partition, replicas } = value as Record<string, unknown>
  const isNumbers = Array.isArray(replicas) && replicas.every((id) => Number.isInteger(id))
  return typeof topic === 'string' && Number.isInteger(partition) && isNumbers
}

/** False: Ctrl-C ended the wait; what is under way goes on. */
async function finished(client: KafkaClient, plan: readonly NewAssignment[]): Promise<boolean> {
  const progress = new Progress('Moving', plan.length)
  const { signal } = interrupted()
  try {
    while (!signal.aborted) {
      const left = await listReassignments(client, plan)
      if (left.length === 0) return true
      progress.at(plan.length - left.length, `of ${plan.length} partitions`)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
    return false
  } finally {
    progress.end()
  }
}

const PLAN: readonly Column<NewAssignment>[] = [
  { title: 'TOPIC', value: ({ topic }) => topic },
  { title: 'PARTITION', value: ({ partition }) => partition, isNumber: true },
  { title: 'REPLICAS', value: ({ replicas }) => replicas?.join(',') ?? 'cancel' },
]

const COLUMNS: readonly Column<Awaited<ReturnType<typeof listReassignments>>[number]>[] = [
  { title: 'TOPIC', value: ({ topic }) => topic },
  { title: 'PARTITION', value: ({ partition }) => partition, isNumber: true },
  { title: 'REPLICAS', value: ({ replicas }) => replicas.join(',') },
  { title: 'ADDING', value: ({ adding }) => adding.join(',') },
  { title: 'REMOVING', value: ({ removing }) => removing.join(',') },
]
