import { Command, Option } from 'commander'
import { alterGroupOffsets, groupLags } from '../../client/admin/group-offsets.ts'
import { deleteGroups, describeGroup, type GroupType, listGroups, removeMembers } from '../../client/admin/groups.ts'
import { type PlannedOffset, planReset, type ResetTo } from '../../client/admin/offset-resets.ts'
import type { KafkaClient } from '../../client/client.ts'
import { note, print, printJson, printRows } from '../terminal/output.ts'
import { type Column, table } from '../terminal/table.ts'
import { UserError } from '../user-error.ts'
import { asking, type ClientFlags, collect, group, instant, wholeNumber, withClient } from './common.ts'

const TYPES: readonly GroupType[] = ['classic', 'consumer', 'share', 'streams']

export function groupsCommand(): Command {
  const groups = group('groups', 'list and describe groups of all kinds, reset their offsets, delete them')
  groups.addCommand(listCommand())
  groups.addCommand(describeCommand())
  groups.addCommand(resetCommand())
  groups.addCommand(deleteCommand())
  groups.addCommand(removeMembersCommand())
  return groups
}

function listCommand(): Command {
  return asking(new Command('list').description('groups, their state and how far they are behind'), [
    'groups list',
    'groups list --type share --no-lag',
  ])
    .addOption(new Option('--type <type>', 'only groups of this kind').choices(TYPES))
    .option('--no-lag', 'do not ask how far they are behind')
    .action((flags: ClientFlags & { type?: GroupType; lag: boolean }) =>
      withClient(flags, async (client) => {
        const listed = await listGroups(client, flags.type === undefined ? {} : { types: [flags.type] })
        const lags = flags.lag ? await groupLags(client, listed) : new Map()
        const rows = listed.map((one) => ({ ...one, lag: totalLag(lags.get(one.groupId)) }))
        printRows(flags.json === true, rows, GROUPS, 'There are no groups.')
      }),
    )
}

function totalLag(lags: unknown): number | null {
  if (!Array.isArray(lags) || lags.length === 0) return null
  return lags.reduce((sum: number, { lag }: { lag: number | null }) => sum + (lag ?? 0), 0)
}

interface GroupRow {
  readonly groupId: string
  readonly type: string
  readonly state: string
  readonly protocolType: string
  readonly coordinator: number
  readonly lag: number | null
}

const GROUPS: readonly Column<GroupRow>[] = [
  { title: 'GROUP', value: ({ groupId }) => groupId },
  { title: 'TYPE', value: ({ type }) => type },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'PROTOCOL', value: ({ protocolType }) => protocolType },
  { title: 'COORDINATOR', value: ({ coordinator }) => coordinator, isNumber: true },
  { title: 'LAG', value: ({ lag }) => lag, isNumber: true },
]

function describeCommand(): Command {
  return asking(
    new Command('describe').description('members, what they read and how far they are behind').argument('<group>'),
    ['groups describe billing'],
  ).action((groupId: string, flags: ClientFlags) =>
    withClient(flags, async (client) => {
      const found = await describeGroup(client, groupId)
      const assigned = found.members.flatMap(({ assignment }) => assignment)
      const lags = (await groupLags(client, [{ groupId, type: found.type, others: assigned }])).get(groupId) ?? []
      if (lags instanceof Error) throw lags
      const offsets = lags.map((lag) => {
        const owner = found.members.find(({ assignment }) =>
          assignment.some(({ topic, partition }) => topic === lag.topic && partition === lag.partition),
        )
        return {
          ...lag,
          memberId: owner?.memberId ?? null,
          clientId: owner?.clientId ?? null,
          host: owner?.host ?? null,
        }
      })
      if (flags.json) {
        printJson({ ...found, offsets })
        return
      }
      const epoch = found.epoch < 0 ? '' : `, epoch ${found.epoch}`
      print(
        `${groupId}: ${found.type}, ${found.state}, assigned by ${found.assignor || '-'}, coordinated by broker ${found.coordinator}${epoch}\n`,
      )
      print(offsets.length === 0 ? 'It has committed nothing.' : table(OFFSETS, offsets))
      print(found.members.length === 0 ? '\nIt has no members.' : `\n${table(MEMBERS, found.members)}`)
    }),
  )
}

interface OffsetRow {
  readonly topic: string
  readonly partition: number
  readonly committed: number | null
  readonly end: number | null
  readonly lag: number | null
  readonly clientId: string | null
  readonly host: string | null
}

const OFFSETS: readonly Column<OffsetRow>[] = [
  { title: 'TOPIC', value: ({ topic }) => topic },
  { title: 'PARTITION', value: ({ partition }) => partition, isNumber: true },
  { title: 'COMMITTED', value: ({ committed }) => committed, isNumber: true },
  { title: 'END', value: ({ end }) => end, isNumber: true },
  { title: 'LAG', value: ({ lag }) => lag, isNumber: true },
  { title: 'CLIENT', value: ({ clientId }) => clientId },
  { title: 'HOST', value: ({ host }) => host },
]

const MEMBERS: readonly Column<Awaited<ReturnType<typeof describeGroup>>['members'][number]>[] = [
  { title: 'MEMBER', value: ({ memberId }) => memberId },
  { title: 'INSTANCE', value: ({ instanceId }) => instanceId },
  { title: 'CLIENT', value: ({ clientId }) => clientId },
  { title: 'HOST', value: ({ host }) => host },
  { title: 'PARTITIONS', value: ({ assignment }) => assignment.length, isNumber: true },
]

interface ResetFlags extends ClientFlags {
  readonly topic: readonly string[]
  readonly toEarliest?: boolean
  readonly toLatest?: boolean
  readonly toCurrent?: boolean
  readonly toOffset?: number
  readonly toDatetime?: number
  readonly shiftBy?: number
  readonly execute?: boolean
}

function resetCommand(): Command {
  return asking(
    new Command('reset-offsets')
      .description('set from where a group without members goes on; shows what it would do, unless --execute is given')
      .argument('<group>'),
    [
      'groups reset-offsets billing --to-earliest',
      'groups reset-offsets billing --topic orders:0,1 --to-datetime 2026-01-31T12:00:00Z --execute',
      'groups reset-offsets billing --shift-by -100 --execute',
    ],
  )
    .option(
      '-t, --topic <topic[:partitions]>',
      'only this topic, may be repeated (default: all that it has read)',
      collect,
      [],
    )
    .option('--to-earliest', 'where the logs begin')
    .option('--to-latest', 'where the logs end')
    .option('--to-current', 'where it is')
    .option('--to-offset <n>', 'this offset, or the nearest that there is', wholeNumber)
    .option('--to-datetime <time>', 'the first record that is not older', instant)
    .option('--shift-by <n>', 'so many further, or back', wholeNumber)
    .option('--execute', 'do it')
    .option('--dry-run', 'only show what it would do (the default)')
    .action((groupId: string, flags: ResetFlags) => withClient(flags, (client) => reset(client, groupId, flags)))
}

async function reset(client: KafkaClient, groupId: string, flags: ResetFlags): Promise<void> {
  const to = targetOf(flags)
  const type = (await listGroups(client)).find((one) => one.groupId === groupId)?.type ?? 'classic'
  const partitions = flags.topic.length === 0 ? undefined : await placesOf(client, flags.topic)
  const plan = await planReset(client, { groupId, type, to, partitions })
  if (plan.length === 0) throw new UserError(`Name topics with --topic: ${groupId} has committed nothing.`)
  if (flags.execute)
    await alterGroupOffsets(
      client,
      groupId,
      plan.map(({ target, ...place }) => ({ ...place, offset: target })),
      type,
    )
  printRows(flags.json === true, plan, PLAN, '')
  if (!flags.execute && !flags.json) note('Nothing was changed: give --execute to do it.')
}

function targetOf(flags: ResetFlags): ResetTo {
  const given: ResetTo[] = []
  if (flags.toEarliest) given.push('earliest')
  if (flags.toLatest) given.push('latest')
  if (flags.toCurrent) given.push('current')
  if (flags.toOffset !== undefined) given.push({ offset: flags.toOffset })
  if (flags.toDatetime !== undefined) given.push({ timestamp: flags.toDatetime })
  if (flags.shiftBy !== undefined) given.push({ shiftBy: flags.shiftBy })
  const [first] = given
  if (first !== undefined && given.length === 1) return first
  throw new UserError(
    'Say once to where: --to-earliest, --to-latest, --to-current, --to-offset, --to-datetime or --shift-by.',
  )
}

async function placesOf(client: KafkaClient, texts: readonly string[]) {
  const places = []
  for (const text of texts) {
    const [, topic = text, list] = /^(.+?)(?::([\d,]+))?$/.exec(text) ?? []
    const known = (await client.topic(topic)).partitions.map(({ partition }) => partition)
    const wanted = list === undefined ? known : list.split(',').map(Number)
    places.push(...wanted.map((partition) => ({ topic, partition })))
  }
  return places
}

const PLAN: readonly Column<PlannedOffset>[] = [
  { title: 'TOPIC', value: ({ topic }) => topic },
  { title: 'PARTITION', value: ({ partition }) => partition, isNumber: true },
  { title: 'NOW', value: ({ current }) => current, isNumber: true },
  { title: 'NEW', value: ({ target }) => target, isNumber: true },
  { title: 'BEGIN', value: ({ begin }) => begin, isNumber: true },
  { title: 'END', value: ({ end }) => end, isNumber: true },
]

function deleteCommand(): Command {
  return asking(
    new Command('delete').description('delete groups that have no members, with their offsets').argument('<group...>'),
    ['groups delete billing'],
  ).action((groupIds: string[], flags: ClientFlags) =>
    withClient(flags, async (client) => {
      const results = await deleteGroups(client, groupIds)
      const deleted = groupIds.filter((groupId) => results.get(groupId) === undefined)
      if (flags.json) printJson({ deleted })
      else for (const groupId of deleted) print(`Deleted ${groupId}.`)
      const failed = [...results.values()].flatMap((error) => (error === undefined ? [] : [error.message]))
      if (failed.length > 0) throw new UserError(failed.join('\n'))
    }),
  )
}

function removeMembersCommand(): Command {
  return asking(
    new Command('remove-members')
      .description('make members leave a classic group; those that live come back')
      .argument('<group>'),
    ['groups remove-members billing --instance shop-1'],
  )
    .option('-m, --member <id>', 'this member, may be repeated (default: all)', collect, [])
    .option('-i, --instance <id>', 'the static member of this instance, may be repeated', collect, [])
    .action((groupId: string, flags: ClientFlags & { member: string[]; instance: string[] }) =>
      withClient(flags, async (client) => {
        const named = [
          ...flags.member.map((memberId) => ({ memberId })),
          ...flags.instance.map((instanceId) => ({ instanceId })),
        ]
        const all =
          named.length > 0
            ? named
            : (await describeGroup(client, groupId)).members.map(({ memberId }) => ({ memberId }))
        if (all.length === 0) throw new UserError(`${groupId} has no members.`)
        await removeMembers(client, groupId, all, 'removed by odradek groups remove-members')
        if (flags.json) printJson({ removed: all })
        else print(`Removed ${all.length} members of ${groupId}.`)
      }),
    )
}
