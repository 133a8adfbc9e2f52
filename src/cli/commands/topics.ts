import { Command } from 'commander'
import { describeConfigs } from '../../client/admin/configs.ts'
import { listOffsets, offsetRanges } from '../../client/admin/offsets.ts'
import { addPartitions, createTopic, deleteTopics, listTopics } from '../../client/admin/topics.ts'
import type { KafkaClient } from '../../client/client.ts'
import type { TopicView } from '../../client/types.ts'
import { note, print, printJson, printRows } from '../terminal/output.ts'
import { type Column, table } from '../terminal/table.ts'
import { UserError } from '../user-error.ts'
import { asking, type ClientFlags, collect, group, instant, pairs, wholeNumber, withClient } from './common.ts'
import { reassignCommand } from './topics-reassign.ts'

export function topicsCommand(): Command {
  const topics = group('topics', 'list, create, describe, alter, delete and reassign topics')
  topics.addCommand(listCommand())
  topics.addCommand(createCommand())
  topics.addCommand(describeCommand())
  topics.addCommand(alterCommand())
  topics.addCommand(deleteCommand())
  topics.addCommand(offsetsCommand())
  topics.addCommand(reassignCommand())
  return topics
}

function listCommand(): Command {
  return asking(new Command('list').description('the topics that you may see'), [
    'topics list',
    'topics list --json | jq .[].name',
  ])
    .option('--internal', 'with those that brokers keep for themselves')
    .action((flags: ClientFlags & { internal?: boolean }) =>
      withClient(flags, async (client) => {
        const all = await listTopics(client)
        const shown = all.filter(({ isInternal }) => flags.internal || !isInternal).map(summaryOf)
        printRows(flags.json === true, shown, SUMMARY, 'There are no topics.')
      }),
    )
}

interface Summary {
  readonly name: string
  readonly partitions: number
  readonly replicationFactor: number
  readonly underReplicated: number
  readonly offline: number
}

const SUMMARY: readonly Column<Summary>[] = [
  { title: 'TOPIC', value: ({ name }) => name },
  { title: 'PARTITIONS', value: ({ partitions }) => partitions, isNumber: true },
  { title: 'REPLICAS', value: ({ replicationFactor }) => replicationFactor, isNumber: true },
  { title: 'UNDER-REPLICATED', value: ({ underReplicated }) => underReplicated, isNumber: true },
  { title: 'OFFLINE', value: ({ offline }) => offline, isNumber: true },
]

export function summaryOf({ name, partitions }: TopicView): Summary {
  return {
    name,
    partitions: partitions.length,
    replicationFactor: Math.max(0, ...partitions.map(({ replicas }) => replicas.length)),
    underReplicated: partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length,
    offline: partitions.filter(({ leader }) => leader < 0).length,
  }
}

interface CreateFlags extends ClientFlags {
  readonly partitions?: number
  readonly replicationFactor?: number
  readonly set: readonly string[]
  readonly ifNotExists?: boolean
  readonly dryRun?: boolean
}

function createCommand(): Command {
  return asking(new Command('create').description('make a topic').argument('<topic>'), [
    'topics create orders',
    'topics create orders --partitions 12 --replication-factor 3 --set retention.ms=86400000',
  ])
    .option('-p, --partitions <n>', "how many (default: the broker's num.partitions)", wholeNumber)
    .option('-r, --replication-factor <n>', "how often each is kept (default: the broker's)", wholeNumber)
    .option('-s, --set <name=value>', 'a setting of the topic, may be repeated', collect, [])
    .option('--if-not-exists', 'succeed where there is one of this name already')
    .option('--dry-run', 'only check whether it could be made')
    .action((name: string, flags: CreateFlags) =>
      withClient(flags, async (client) => {
        const { partitions, replicationFactor, dryRun = false } = flags
        if (flags.ifNotExists && (await listTopics(client)).some((topic) => topic.name === name)) {
          if (flags.json) printJson({ name, created: false })
          else print(`${name} exists already.`)
          return
        }
        const made = await createTopic(
          client,
          {
            name,
            configs: pairs(flags.set),
            ...(partitions !== undefined && { partitions }),
            ...(replicationFactor !== undefined && { replicationFactor }),
          },
          { validateOnly: dryRun },
        )
        if (flags.json) printJson({ ...made, created: !dryRun })
        else print(dryRun ? `${name} could be created.` : `Created ${name}${shape(made)}.`)
      }),
    )
}

function shape({ partitions, replicationFactor }: { readonly partitions: number; readonly replicationFactor: number }) {
  if (partitions < 0) return ''
  return ` with ${partitions} partition${partitions === 1 ? '' : 's'}, kept ${replicationFactor === 1 ? 'once' : `${replicationFactor} times`}`
}

function describeCommand(): Command {
  return asking(new Command('describe').description('partitions, replicas and settings').argument('<topic...>'), [
    'topics describe orders',
  ]).action((names: string[], flags: ClientFlags) =>
    withClient(flags, async (client) => {
      const described = []
      for (const name of names) described.push(await describe(client, name))
      if (flags.json) printJson(described)
      else for (const one of described) printDescription(one)
    }),
  )
}

async function describe(client: KafkaClient, name: string) {
  const topic = await client.topic(name)
  const places = topic.partitions.map(({ partition }) => ({ topic: name, partition }))
  const [ranges, configs] = await Promise.all([
    offsetRanges(client, places),
    describeConfigs(client, { type: 'topic', name }),
  ])
  const partitions = topic.partitions.map((partition, at) => {
    const range = ranges[at]?.result
    return { ...partition, ...(range === undefined || range instanceof Error ? { begin: null, end: null } : range) }
  })
  const own = configs.filter(({ source }) => source === 'topic').map(({ name: key, value }) => [key, value] as const)
  return { name, topicId: topic.topicId, isInternal: topic.isInternal, configs: Object.fromEntries(own), partitions }
}

type Description = Awaited<ReturnType<typeof describe>>

const PARTITIONS: readonly Column<Description['partitions'][number]>[] = [
  { title: 'PARTITION', value: ({ partition }) => partition, isNumber: true },
  { title: 'LEADER', value: ({ leader }) => (leader < 0 ? 'none' : leader), isNumber: true },
  { title: 'REPLICAS', value: ({ replicas }) => replicas.join(',') },
  { title: 'IN-SYNC', value: ({ isr }) => isr.join(',') },
  { title: 'BEGIN', value: ({ begin }) => begin, isNumber: true },
  { title: 'END', value: ({ end }) => end, isNumber: true },
]

function printDescription({ name, topicId, configs, partitions }: Description): void {
  print(`${name} (id ${topicId})`)
  const own = Object.entries(configs)
  if (own.length > 0) print(`Set on the topic: ${own.map(([key, value]) => `${key}=${value}`).join(', ')}`)
  print(`${table(PARTITIONS, partitions)}\n`)
}

function alterCommand(): Command {
  return asking(new Command('alter').description('give a topic more partitions').argument('<topic>'), [
    'topics alter orders --partitions 24',
  ])
    .requiredOption('-p, --partitions <n>', 'how many there are to be; there can only be more', wholeNumber)
    .option('--dry-run', 'only check whether it could be done')
    .action((name: string, flags: ClientFlags & { partitions: number; dryRun?: boolean }) =>
      withClient(flags, async (client) => {
        await addPartitions(client, name, flags.partitions, { validateOnly: flags.dryRun ?? false })
        if (flags.json) printJson({ name, partitions: flags.partitions, changed: flags.dryRun !== true })
        else print(`${name} ${flags.dryRun ? 'could have' : 'has'} ${flags.partitions} partitions.`)
      }),
    )
}

function deleteCommand(): Command {
  return asking(new Command('delete').description('delete topics with all their records').argument('<topic...>'), [
    'topics delete orders',
  ])
    .option('--if-exists', 'succeed where there is none of this name')
    .action((names: string[], flags: ClientFlags & { ifExists?: boolean }) =>
      withClient(flags, async (client) => {
        const results = await deleteTopics(client, names)
        const isMissing = (code: string | undefined) => flags.ifExists && code === 'UNKNOWN_TOPIC_OR_PARTITION'
        const failed = names.flatMap((name) => {
          const error = results.get(name)
          return error === undefined || isMissing(error.error) ? [] : [`${name}: ${error.message}`]
        })
        const deleted = names.filter((name) => results.get(name) === undefined)
        if (flags.json) printJson({ deleted })
        else for (const name of deleted) print(`Deleted ${name}.`)
        if (failed.length > 0) throw new UserError(failed.join('\n'))
      }),
    )
}

interface OffsetsFlags extends ClientFlags {
  readonly at?: number
}

function offsetsCommand(): Command {
  return asking(new Command('offsets').description('where the logs of a topic begin and end').argument('<topic>'), [
    'topics offsets orders',
    'topics offsets orders --at 2026-01-31T12:00:00Z',
  ])
    .option('--at <time>', 'the first offset that is not older than this', instant)
    .action((name: string, flags: OffsetsFlags) =>
      withClient(flags, async (client) => {
        const { partitions } = await client.topic(name)
        const places = partitions.map(({ partition }) => ({ topic: name, partition }))
        const { at } = flags
        const [ranges, times] = await Promise.all([
          offsetRanges(client, places),
          at === undefined
            ? []
            : listOffsets(
                client,
                places.map((place) => ({ ...place, at: { timestamp: at } })),
              ),
        ])
        const rows = ranges.map(({ partition, result }, index) => {
          const time = times[index]?.result
          const found = time === undefined || time instanceof Error || time.offset < 0 ? null : time.offset
          if (result instanceof Error) note(result.message)
          const { begin, end } = result instanceof Error ? { begin: null, end: null } : result
          return { topic: name, partition, begin, end, ...(at !== undefined && { at: found }) }
        })
        const columns: Column<(typeof rows)[number]>[] = [
          { title: 'PARTITION', value: ({ partition }) => partition, isNumber: true },
          { title: 'BEGIN', value: ({ begin }) => begin, isNumber: true },
          { title: 'END', value: ({ end }) => end, isNumber: true },
          ...(at === undefined ? [] : [{ title: 'AT', value: (row: (typeof rows)[number]) => row.at, isNumber: true }]),
        ]
        printRows(flags.json === true, rows, columns, 'It has no partitions.')
      }),
    )
}
