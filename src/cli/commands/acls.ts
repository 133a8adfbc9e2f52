import { Command, Option } from 'commander'
import { type AclEntry, type AclFilter, createAcls, deleteAcls, listAcls } from '../../client/admin/acls.ts'
import { note, printRows } from '../terminal/output.ts'
import type { Column } from '../terminal/table.ts'
import { UserError } from '../user-error.ts'
import { asking, type ClientFlags, collect, group, withClient } from './common.ts'

const OPERATIONS =
  'all, read, write, create, delete, alter, describe, cluster-action, describe-configs, alter-configs, idempotent-write, create-tokens, describe-tokens, two-phase-commit'
const CLUSTER = 'kafka-cluster'

interface AclFlags extends ClientFlags {
  readonly topic?: string
  readonly group?: string
  readonly cluster?: boolean
  readonly transactionalId?: string
  readonly delegationToken?: string
  readonly userPrincipal?: string
  readonly user?: string
  readonly principal?: string
  readonly operation: readonly string[]
  readonly host?: string
  readonly prefix?: boolean
  readonly literal?: boolean
  readonly deny?: boolean
  readonly allow?: boolean
}

export function aclsCommand(): Command {
  const acls = group('acls', 'list, add and remove access control entries')
  acls.addCommand(listCommand())
  acls.addCommand(addCommand())
  acls.addCommand(removeCommand())
  return acls
}

function entryOptions(command: Command): Command {
  return command
    .option('-t, --topic <name>', "a topic, or '*' for all")
    .option('-g, --group <id>', "a group, or '*' for all")
    .option('--transactional-id <id>', "a transactional id, or '*' for all")
    .option('--cluster', 'the cluster')
    .option('--delegation-token <id>', "a delegation token, or '*' for all")
    .option('--user-principal <type:name>', 'the user whose delegation tokens it is about')
    .option('--user <name>', "the user, or '*' for all")
    .option('--principal <type:name>', 'the principal, where it is no User')
    .option('-o, --operation <name>', `may be repeated: ${OPERATIONS}`, collect, [])
    .option('--host <address>', 'from where')
    .option('--prefix', 'the name is what the names of resources begin with')
    .addOption(new Option('--literal', 'the name is the whole name').conflicts('prefix'))
    .addOption(new Option('--allow', 'that allow'))
    .addOption(new Option('--deny', 'that deny').conflicts('allow'))
}

const COLUMNS: readonly Column<AclEntry>[] = [
  { title: 'PRINCIPAL', value: ({ principal }) => principal },
  { title: 'PERMISSION', value: ({ permission }) => permission },
  { title: 'OPERATION', value: ({ operation }) => operation },
  { title: 'RESOURCE', value: ({ resourceType }) => resourceType },
  {
    title: 'NAME',
    value: ({ resourceName, patternType }) => (patternType === 'PREFIXED' ? `${resourceName}…` : resourceName),
  },
  { title: 'HOST', value: ({ host }) => host },
]

function listCommand(): Command {
  return asking(entryOptions(new Command('list').description('those that fit')), [
    'acls list',
    'acls list --topic orders',
    'acls list --user alice --json',
  ]).action((flags: AclFlags) =>
    withClient(flags, async (client) => {
      const found = (await Promise.all(filtersOf(flags).map((filter) => listAcls(client, filter)))).flat()
      printRows(flags.json === true, found, COLUMNS, 'There are none.')
    }),
  )
}

function addCommand(): Command {
  return asking(entryOptions(new Command('add').description('allow or deny somebody something')), [
    'acls add --user alice --topic orders --operation read --operation describe',
    'acls add --user app --group app- --prefix --operation read',
    'acls add --deny --user mallory --cluster --operation all',
  ]).action((flags: AclFlags) =>
    withClient(flags, async (client) => {
      const entries = entriesOf(flags)
      await createAcls(client, entries)
      printRows(flags.json === true, entries, COLUMNS, '')
    }),
  )
}

function removeCommand(): Command {
  return asking(
    entryOptions(new Command('remove').description('remove those that fit; shows them, unless --yes is given')),
    ['acls remove --user alice --topic orders', 'acls remove --user alice --yes'],
  )
    .option('-y, --yes', 'do it')
    .action((flags: AclFlags & { yes?: boolean }) =>
      withClient(flags, async (client) => {
        const filters = filtersOf(flags)
        if (filters.every((filter) => Object.keys(filter).length === 0)) {
          throw new UserError('Say which to remove: --user, --topic, --group…')
        }
        const found = flags.yes
          ? await deleteAcls(client, filters)
          : (await Promise.all(filters.map((filter) => listAcls(client, filter)))).flat()
        printRows(flags.json === true, found, COLUMNS, 'There are none.')
        if (!flags.yes && found.length > 0 && !flags.json) note('Nothing was removed: give --yes to do it.')
      }),
    )
}

function resourceOf(flags: AclFlags) {
  const { topic, group: groupId, transactionalId, cluster, delegationToken, userPrincipal } = flags
  const given = [
    ...(topic === undefined ? [] : [{ resourceType: 'TOPIC', resourceName: topic }]),
    ...(groupId === undefined ? [] : [{ resourceType: 'GROUP', resourceName: groupId }]),
    ...(transactionalId === undefined ? [] : [{ resourceType: 'TRANSACTIONAL_ID', resourceName: transactionalId }]),
    ...(cluster ? [{ resourceType: 'CLUSTER', resourceName: CLUSTER }] : []),
    ...(delegationToken === undefined ? [] : [{ resourceType: 'DELEGATION_TOKEN', resourceName: delegationToken }]),
    ...(userPrincipal === undefined ? [] : [{ resourceType: 'USER', resourceName: userPrincipal }]),
  ]
  if (given.length > 1) throw new UserError('Name one resource: --topic, --group, --transactional-id or --cluster.')
  return given[0]
}

function principalOf({ user, principal }: AclFlags): string | undefined {
  if (user !== undefined && principal !== undefined) throw new UserError('Give either --user or --principal.')
  return user === undefined ? principal : `User:${user}`
}

function filtersOf(flags: AclFlags): AclFilter[] {
  const resource = resourceOf(flags)
  const principal = principalOf(flags)
  const permission = flags.deny ? 'DENY' : flags.allow ? 'ALLOW' : undefined
  const filter: AclFilter = {
    ...resource,
    ...(flags.prefix && { patternType: 'PREFIXED' }),
    ...(flags.literal && { patternType: 'LITERAL' }),
    ...(principal !== undefined && { principal }),
    ...(permission !== undefined && { permission }),
    ...(flags.host !== undefined && { host: flags.host }),
  }
  return flags.operation.length === 0 ? [filter] : flags.operation.map((operation) => ({ ...filter, operation }))
}

function entriesOf(flags: AclFlags): AclEntry[] {
  const resource = resourceOf(flags)
  const principal = principalOf(flags)
  if (resource === undefined)
    throw new UserError('Name the resource: --topic, --group, --transactional-id or --cluster.')
  if (principal === undefined) throw new UserError('Say for whom: --user, or --principal.')
  if (flags.operation.length === 0) throw new UserError(`Say what: --operation ${OPERATIONS}.`)
  return flags.operation.map((operation) => ({
    ...resource,
    patternType: flags.prefix ? 'PREFIXED' : 'LITERAL',
    principal,
    host: flags.host ?? '*',
    operation: operation.replaceAll('-', '_').toUpperCase(),
    permission: flags.deny ? 'DENY' : 'ALLOW',
  }))
}
