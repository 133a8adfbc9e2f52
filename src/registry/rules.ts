import type { Metadata, Rule, RuleSet } from './entities.ts'
import { invalidRules } from './errors.ts'

const MAX_NAME = 64
const MIGRATION: ReadonlySet<string> = new Set(['UPGRADE', 'DOWNGRADE', 'UPDOWN'])
const CONFLUENT_VERSION = 'confluent:version'
const CONFLUENT_RESERVED = 'confluent:reserved'

/** @throws RegistryError 42210 */
export function checkRules(rules: RuleSet | null | undefined): void {
  if (rules === null || rules === undefined) return
  const names = new Set<string>()
  const check = (list: readonly Rule[] | undefined, isMigration: boolean, complaint: string): void => {
    for (const rule of list ?? []) {
      if (rule.name !== undefined && names.has(rule.name)) {
        throw invalidRules(`Found rule with duplicate name '${rule.name}'`)
      }
      checkRule(rule)
      names.add(rule.name ?? '')
      if (MIGRATION.has(rule.mode ?? '') !== isMigration) throw invalidRules(complaint)
    }
  }
  check(rules.migrationRules, true, 'Migration rules can only be UPGRADE, DOWNGRADE, UPDOWN')
  check(rules.domainRules, false, 'Domain rules can only be WRITE, READ, WRITEREAD')
  check(rules.encodingRules, false, 'Encoding rules can only be WRITE, READ, WRITEREAD')
}

function checkRule({ name, type, mode, onSuccess, onFailure }: Rule): void {
  if (name === undefined) throw invalidRules('Missing rule name')
  if (name === '') throw invalidRules('Empty rule name')
  if (name.length > MAX_NAME) throw invalidRules('Rule name too long')
  if (!/^[\p{L}_]/u.test(name)) throw invalidRules(`Illegal initial character in rule name: ${name}`)
  if (!/^[\p{L}\p{Nd}_-]*$/u.test(name)) throw invalidRules(`Illegal character in rule name: ${name}`)
  if (type === undefined) throw invalidRules('Missing rule type')
  if (mode === undefined) throw invalidRules('Missing rule mode')
  const hasTwoWays = mode === 'WRITEREAD' || mode === 'UPDOWN'
  if (!hasTwoWays && [onSuccess, onFailure].some((action) => action?.includes(','))) {
    throw invalidRules('Multiple actions only valid with WRITEREAD and UPDOWN')
  }
}

/** The second one counts where both say something. */
export function mergeMetadata(base: Metadata | undefined, over: Metadata | undefined): Metadata | undefined {
  if (base === undefined || over === undefined) return over ?? base
  const tags = { ...base.tags, ...over.tags }
  const properties = { ...base.properties, ...over.properties }
  const sensitive = [...new Set([...(base.sensitive ?? []), ...(over.sensitive ?? [])])].sort()
  return {
    ...(Object.keys(tags).length > 0 && { tags: sorted(tags) }),
    ...(Object.keys(properties).length > 0 && { properties: sorted(properties) }),
    ...(sensitive.length > 0 && { sensitive }),
  }
}

/** Rules of the same name give way to those of the second one. */
export function mergeRules(base: RuleSet | undefined, over: RuleSet | undefined): RuleSet | undefined {
  if (base === undefined || over === undefined) return over ?? base
  const merge = (old: readonly Rule[] = [], next: readonly Rule[] = []): readonly Rule[] => {
    const names = new Set(next.map(({ name }) => name))
    return [...old.filter(({ name }) => !names.has(name)), ...next]
  }
  const migrationRules = merge(base.migrationRules, over.migrationRules)
  const domainRules = merge(base.domainRules, over.domainRules)
  const encodingRules = merge(base.encodingRules, over.encodingRules)
  const enableAt = over.enableAt ?? base.enableAt
  return {
    ...(migrationRules.length > 0 && { migrationRules }),
    ...(domainRules.length > 0 && { domainRules }),
    ...(encodingRules.length > 0 && { encodingRules }),
    ...(enableAt !== undefined && { enableAt }),
  }
}

/** The version that a client wrote into the metadata, so that the same text may be registered again as another version. */
export function confluentVersion(metadata: Metadata | undefined): string | undefined {
  return metadata?.properties?.[CONFLUENT_VERSION]
}

/** Each once. */
export function reservedFields(metadata: Metadata | undefined): string[] {
  const names = (metadata?.properties?.[CONFLUENT_RESERVED] ?? '').split(',').map((name) => name.trim())
  return [...new Set(names)].filter((name) => name !== '')
}

export function withConfluentVersion(metadata: Metadata | undefined, version: number): Metadata {
  return { ...metadata, properties: sorted({ ...metadata?.properties, [CONFLUENT_VERSION]: String(version) }) }
}

export function withoutConfluentVersion(metadata: Metadata | undefined): Metadata | undefined {
  if (metadata?.properties === undefined) return metadata
  const { [CONFLUENT_VERSION]: _version, ...properties } = metadata.properties
  const { properties: _properties, ...rest } = metadata
  return Object.keys(properties).length > 0 ? { ...rest, properties } : rest
}

export function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Whether both say the same. An empty set of rules is not none: clients register one to have none of the version before. */
export function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null)
}
