import { KafkaError } from '../../base/errors.ts'
import {
  type Acl,
  AclOperation,
  CLUSTER_NAME,
  nameOfCode,
  PatternType,
  PermissionType,
  ResourceType,
} from '../../protocol/acl-codes.ts'
import { aclKey } from '../image-settings.ts'
import type { AclImage } from '../image-types.ts'
import type { ControllerEnv, Manager } from '../manager.ts'
import { type MetadataRecord, metadataRecord } from '../records.ts'
import { checkRecordCount, MAX_RECORDS_PER_REQUEST } from '../topics/limits.ts'
import type { AclCommands, AclDeletion, AclResult } from './commands.ts'
import { type AclFilter, matchesFilter, unknownPart } from './filter.ts'

const DONE: AclResult = { error: 'NONE', message: null }

/** Access control entries: each has an id of its own in the log; two are never the same. */
export function aclManager(): Manager<AclCommands> {
  return {
    createAcls({ acls }, env) {
      const records: MetadataRecord[] = []
      const added = new Set<string>()
      const reply = acls.map((acl) =>
        resultOf(() => {
          checkNew(acl)
          const key = aclKey(acl)
          if (env.image.hasAcl(acl) || added.has(key)) return DONE
          added.add(key)
          records.push(metadataRecord('AccessControlEntryRecord', { id: freshId(env), ...entryOf(acl) }))
          return DONE
        }),
      )
      checkRecordCount(records)
      return { records, reply }
    },

    deleteAcls({ filters }, { image }) {
      const deleted = new Set<AclImage>()
      const reply = filters.map((filter) => deletionOf(() => deleteMatching(image.acls.values(), filter, deleted)))
      const records = [...deleted].map(({ id }) => metadataRecord('RemoveAccessControlEntryRecord', { id }))
      return { records, reply }
    },
  }
}

function entryOf({ resourceType, resourceName, patternType, principal, host, operation, permissionType }: Acl): Acl {
  return { resourceType, resourceName, patternType, principal, host, operation, permissionType }
}

function freshId({ image, random }: ControllerEnv) {
  let id = random.uuid()
  while (image.acls.has(id)) id = random.uuid()
  return id
}

function checkNew({ resourceType, resourceName, patternType, operation, permissionType, principal }: Acl): void {
  if (resourceType === ResourceType.CLUSTER && resourceName !== CLUSTER_NAME) {
    invalid(`The only valid name for the CLUSTER resource is ${CLUSTER_NAME}`)
  }
  if (resourceName === '') invalid('Invalid empty resource name')
  checkConcrete('resourceType', ResourceType, resourceType)
  if (patternType !== PatternType.LITERAL && patternType !== PatternType.PREFIXED) {
    invalid(`Invalid patternType ${nameOfCode(PatternType, patternType)}`)
  }
  checkConcrete('operation', AclOperation, operation)
  checkConcrete('permissionType', PermissionType, permissionType)
  if (!principal.includes(':')) {
    const reason = 'no colon is present separating the principal type from the principal name'
    invalid(`Could not parse principal from \`${principal}\` (${reason})`)
  }
}

function checkConcrete(what: string, names: Readonly<Record<string, number>>, code: number): void {
  const name = nameOfCode(names, code)
  if (name === 'UNKNOWN' || name === 'ANY') invalid(`Invalid ${what} ${name}`)
}

/**
 * Adds what the filter finds to `deleted`, or nothing where it is too much. (Kafka deletes as many as fit then, and answers
 * with the error all the same.)
 */
function deleteMatching(acls: Iterable<AclImage>, filter: AclFilter, deleted: Set<AclImage>): readonly Acl[] {
  const unknown = unknownPart(filter)
  if (unknown !== undefined) invalid(`Unknown ${unknown}.`)
  const found = [...acls].filter((acl) => matchesFilter(filter, acl))
  const more = found.filter((acl) => !deleted.has(acl))
  if (deleted.size + more.length > MAX_RECORDS_PER_REQUEST) {
    invalid(`Cannot remove more than ${MAX_RECORDS_PER_REQUEST} acls in a single delete operation.`)
  }
  for (const acl of more) deleted.add(acl)
  return found
}

function resultOf(work: () => AclResult): AclResult {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return { error: error.error, message: error.detail }
  }
}

function deletionOf(work: () => readonly Acl[]): AclDeletion {
  try {
    return { ...DONE, deleted: work() }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return { error: error.error, message: error.detail, deleted: [] }
  }
}

function invalid(sentence: string): never {
  throw new KafkaError('INVALID_REQUEST', sentence)
}
