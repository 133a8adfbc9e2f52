import { Command } from 'commander'
import { alterConfigs, type ConfigEntry, type ConfigResource, describeConfigs } from '../../client/admin/configs.ts'
import { alterQuota, listQuotas } from '../../client/admin/quotas.ts'
import type { KafkaClient } from '../../client/client.ts'
import { print, printJson, printRows } from '../terminal/output.ts'
import type { Column } from '../terminal/table.ts'
import { UserError } from '../user-error.ts'
import { asking, type ClientFlags, group, pairs, withClient } from './common.ts'

const RESOURCES = ['topic', 'broker', 'broker-logger', 'group', 'client-metrics'] as const
const QUOTAS = ['user', 'client-id', 'ip'] as const
const KINDS = [...RESOURCES, ...QUOTAS]
const ALL_BROKERS = 'default'
const DEFAULT_ENTITY = '<default>'

export function configsCommand(): Command {
  const configs = group('configs', 'describe and change settings of topics, brokers, groups, users and clients')
  configs.addCommand(describeCommand())
  configs.addCommand(setCommand())
  configs.addCommand(unsetCommand())
  return configs
}

function about(command: Command): Command {
  return command
    .argument('<kind>', KINDS.join(', '))
    .argument(
      '<name>',
      `its name; 'default' for all brokers; '${DEFAULT_ENTITY}' for users, client ids and IP addresses without an own quota`,
    )
}

function describeCommand(): Command {
  return asking(about(new Command('describe').description('settings, and where each was set')), [
    'configs describe topic orders',
    'configs describe broker 1 --all',
    'configs describe user alice',
  ])
    .option('-a, --all', 'also those that nobody has set')
    .action((kind: string, name: string, flags: ClientFlags & { all?: boolean }) =>
      withClient(flags, async (client) => {
        if (isQuota(kind)) {
          const quotas = await quotasOf(client, kind, name)
          printRows(flags.json === true, quotas, QUOTA_COLUMNS, 'It has no quotas.')
          return
        }
        const entries = await describeConfigs(client, resourceOf(kind, name), {
          withDocumentation: flags.json === true,
        })
        const shown = flags.all ? entries : entries.filter(({ source }) => source !== 'default' && source !== 'unknown')
        printRows(flags.json === true, shown, COLUMNS, 'Nothing is set: --all shows the defaults.')
      }),
    )
}

const COLUMNS: readonly Column<ConfigEntry>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'VALUE', value: ({ value, isSensitive }) => (isSensitive ? '(secret)' : value) },
  { title: 'SET BY', value: ({ source }) => source },
  { title: 'READ-ONLY', value: ({ isReadOnly }) => (isReadOnly ? 'yes' : 'no') },
]

const QUOTA_COLUMNS: readonly Column<{ name: string; value: number }>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'VALUE', value: ({ value }) => value, isNumber: true },
]

function setCommand(): Command {
  return asking(about(new Command('set').description('set')).argument('<name=value...>'), [
    'configs set topic orders retention.ms=86400000 cleanup.policy=delete',
    'configs set broker default log.retention.ms=604800000',
    'configs set user alice producer_byte_rate=1048576',
  ])
    .option('--dry-run', 'only check whether it could be set')
    .action((kind: string, name: string, texts: string[], flags: ClientFlags & { dryRun?: boolean }) =>
      withClient(flags, async (client) => {
        const changes = Object.entries(pairs(texts))
        if (isQuota(kind)) {
          const values = changes.map(([key, value]) => ({ name: key, value: quotaValue(key, value) }))
          await changeQuota(client, kind, name, values, flags.dryRun ?? false)
        } else {
          const operations = changes.map(([key, value]) => ({ name: key, value, operation: 'set' as const }))
          await alterConfigs(client, resourceOf(kind, name), operations, { validateOnly: flags.dryRun ?? false })
        }
        tell(
          flags,
          kind,
          name,
          flags.dryRun ? 'could be set' : 'set',
          changes.map(([key]) => key),
        )
      }),
    )
}

function unsetCommand(): Command {
  return asking(about(new Command('unset').description('back to what counts without it')).argument('<name...>'), [
    'configs unset topic orders retention.ms',
  ]).action((kind: string, name: string, keys: string[], flags: ClientFlags) =>
    withClient(flags, async (client) => {
      if (isQuota(kind))
        await changeQuota(
          client,
          kind,
          name,
          keys.map((key) => ({ name: key, value: null })),
          false,
        )
      else
        await alterConfigs(
          client,
          resourceOf(kind, name),
          keys.map((key) => ({ name: key, operation: 'delete' as const })),
        )
      tell(flags, kind, name, 'unset', keys)
    }),
  )
}

function tell(flags: ClientFlags, kind: string, name: string, what: string, keys: readonly string[]): void {
  if (flags.json) printJson({ kind, name, [what.replaceAll(' ', '-')]: keys })
  else print(`${kind} ${name}: ${what} ${keys.join(', ')}.`)
}

function resourceOf(kind: string, name: string): ConfigResource {
  const type = RESOURCES.find((one) => one === kind)
  if (type === undefined) throw new UserError(`Give one of ${KINDS.join(', ')}: '${kind}' is none.`)
  return { type, name: type === 'broker' && name === ALL_BROKERS ? '' : name }
}

type Quota = (typeof QUOTAS)[number]

function isQuota(kind: string): kind is Quota {
  return QUOTAS.some((one) => one === kind)
}

function entityOf(kind: Quota, name: string) {
  return [{ type: kind, name: name === DEFAULT_ENTITY ? null : name }]
}

async function quotasOf(client: KafkaClient, kind: Quota, name: string): Promise<{ name: string; value: number }[]> {
  const wanted = name === DEFAULT_ENTITY ? null : name
  const found = (await listQuotas(client)).filter(
    ({ entity }) => entity.length === 1 && entity[0]?.type === kind && entity[0].name === wanted,
  )
  return found.flatMap(({ values }) => Object.entries(values).map(([key, value]) => ({ name: key, value })))
}

function quotaValue(name: string, text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new UserError(`Give ${name} a number: '${text}' is none.`)
  return value
}

async function changeQuota(
  client: KafkaClient,
  kind: Quota,
  name: string,
  values: readonly { readonly name: string; readonly value: number | null }[],
  validateOnly: boolean,
): Promise<void> {
  const changes = values.map(({ name: key, value }) => ({ key, value }))
  await alterQuota(client, entityOf(kind, name), changes, validateOnly)
}
