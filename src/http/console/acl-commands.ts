import type { Forbidding } from '../../insight/refusals.ts'
import { AclOperation, nameOfCode, PatternType, ResourceType } from '../../protocol/acl-codes.ts'
import { type CommandTarget, kafkaTool, ownTool } from './shell-commands.ts'

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

/** What lets the principal do what it was denied, to be copied to a shell: by Kafka's tool, or by our own. */
export function allowing(
  target: CommandTarget,
  principal: string,
  { operation, resourceType, name }: AskedFor,
): string[] {
  const kafka = ['--add', '--allow-principal', principal, '--operation', operationText(operation)]
  const own = ['add', '--principal', principal, '--operation', ownText(operation)]
  const where = resourceWords(resourceType, name)
  return [kafkaTool('acls', target, [...kafka, ...where]), ownTool(target, ['acls', ...own, ...where])]
}

/** What takes the rule away that forbids it. */
export function unforbidding(target: CommandTarget, rule: Forbidding): string[] {
  const { resourceType, resourceName, patternType, principal, host, operation } = rule
  const kafka = ['--remove', '--force', '--deny-principal', principal, '--deny-host', host]
  const own = ['remove', '--yes', '--deny', '--principal', principal, '--host', host]
  const pattern = nameOfCode(PatternType, patternType).toLowerCase()
  const where = resourceWords(resourceType, resourceName)
  return [
    kafkaTool('acls', target, [
      ...kafka,
      ...['--operation', operationText(operation), ...where, '--resource-pattern-type', pattern],
    ]),
    ownTool(target, [
      'acls',
      ...own,
      ...['--operation', ownText(operation), ...where, pattern === 'prefixed' ? '--prefix' : '--literal'],
    ]),
  ]
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
