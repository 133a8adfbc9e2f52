import type { Forbidding } from '../../insight/refusals.ts'
import { AclOperation, nameOfCode, PatternType, ResourceType } from '../../protocol/acl-codes.ts'

export interface AskedFor {
  readonly operation: number
  readonly resourceType: number
  readonly name: string
}

const OPTIONS: Readonly<Record<string, string>> = {
  TOPIC: '--topic',
  GROUP: '--group',
  TRANSACTIONAL_ID: '--transactional-id',
  DELEGATION_TOKEN: '--delegation-token',
  USER: '--user-principal',
}

/** Strangers choose names: whatever is in one, a shell takes it as text. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** What lets the principal do what it was denied, to be copied to a shell: by Kafka's tool, or by our own. */
export function allowing(bootstrap: string, principal: string, { operation, resourceType, name }: AskedFor): string[] {
  const kafka = ['--add', '--allow-principal', principal, '--operation', operationText(operation)]
  const own = ['add', '--principal', principal, '--operation', ownText(operation)]
  const where = resourceWords(resourceType, name)
  return [kafkaCommand(bootstrap, [...kafka, ...where]), ownCommand(bootstrap, [...own, ...where])]
}

/** What takes the rule away that forbids it. */
export function unforbidding(bootstrap: string, rule: Forbidding): string[] {
  const { resourceType, resourceName, patternType, principal, host, operation } = rule
  const kafka = ['--remove', '--force', '--deny-principal', principal, '--deny-host', host]
  const own = ['remove', '--yes', '--deny', '--principal', principal, '--host', host]
  const pattern = nameOfCode(PatternType, patternType).toLowerCase()
  const where = resourceWords(resourceType, resourceName)
  return [
    kafkaCommand(bootstrap, [
      ...kafka,
      ...['--operation', operationText(operation), ...where, '--resource-pattern-type', pattern],
    ]),
    ownCommand(bootstrap, [
      ...own,
      ...['--operation', ownText(operation), ...where, pattern === 'prefixed' ? '--prefix' : '--literal'],
    ]),
  ]
}

function kafkaCommand(bootstrap: string, words: readonly string[]): string {
  return ['kafka-acls.sh', '--bootstrap-server', bootstrap, ...words].map(shellWord).join(' ')
}

function ownCommand(bootstrap: string, words: readonly string[]): string {
  return ['odradek', 'acls', ...words, '--bootstrap-server', bootstrap].map(shellWord).join(' ')
}

/** `describe-configs` */
function ownText(operation: number): string {
  return nameOfCode(AclOperation, operation).toLowerCase().replaceAll('_', '-')
}

function resourceWords(type: number, name: string): string[] {
  const option = OPTIONS[nameOfCode(ResourceType, type)]
  return option === undefined ? ['--cluster'] : [option, name]
}

/** `DescribeConfigs` */
export function operationText(code: number): string {
  return nameOfCode(AclOperation, code)
    .toLowerCase()
    .replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
