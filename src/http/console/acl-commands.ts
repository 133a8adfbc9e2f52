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

/** What lets the principal do what it was denied, to be copied to a shell. */
export function allowing(bootstrap: string, principal: string, { operation, resourceType, name }: AskedFor): string[] {
  const words = ['--add', '--allow-principal', principal, '--operation', operationText(operation)]
  return [command(bootstrap, [...words, ...resourceWords(resourceType, name)])]
}

/** What takes the rule away that forbids it. */
export function unforbidding(bootstrap: string, rule: Forbidding): string[] {
  const { resourceType, resourceName, patternType, principal, host, operation } = rule
  const words = ['--remove', '--force', '--deny-principal', principal, '--deny-host', host]
  const pattern = nameOfCode(PatternType, patternType).toLowerCase()
  const where = [...resourceWords(resourceType, resourceName), '--resource-pattern-type', pattern]
  return [command(bootstrap, [...words, '--operation', operationText(operation), ...where])]
}

function command(bootstrap: string, words: readonly string[]): string {
  return ['kafka-acls.sh', '--bootstrap-server', bootstrap, ...words].map(shellWord).join(' ')
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
