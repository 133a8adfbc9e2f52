import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AclFilter, matchesFilter } from '../../../src/metadata/acls/filter.ts'
import { MetadataDelta } from '../../../src/metadata/delta.ts'
import { MetadataImage } from '../../../src/metadata/image.ts'
import { reloadDelta } from '../../../src/metadata/reload.ts'
import { snapshotRecords } from '../../../src/metadata/snapshot.ts'
import { type Acl, AclOperation, PatternType, PermissionType, ResourceType } from '../../../src/protocol/acl-codes.ts'
import { ControllerRig } from '../controller-rig.ts'

const acl = (changes: Partial<Acl> = {}): Acl => ({
  resourceType: ResourceType.TOPIC,
  resourceName: 'orders',
  patternType: PatternType.LITERAL,
  principal: 'User:alice',
  host: '*',
  operation: AclOperation.READ,
  permissionType: PermissionType.ALLOW,
  ...changes,
})

const ALL: AclFilter = {
  resourceType: ResourceType.ANY,
  resourceName: null,
  patternType: PatternType.ANY,
  principal: null,
  host: null,
  operation: AclOperation.ANY,
  permissionType: PermissionType.ANY,
}

const numbered = (count: number, from = 0): Acl[] =>
  Array.from({ length: count }, (_, n) => acl({ resourceName: `topic-${from + n}` }))

describe('access control entries', () => {
  test('are there once, whoever adds them again', () => {
    const rig = new ControllerRig()
    const write = acl({ operation: AclOperation.WRITE })
    const done = { error: 'NONE', message: null }
    expect(rig.submit({ type: 'createAcls', acls: [acl(), write, acl()] })).toEqual([done, done, done])
    expect(rig.last.map(({ type }) => type)).toEqual(['AccessControlEntryRecord', 'AccessControlEntryRecord'])
    expect(rig.submit({ type: 'createAcls', acls: [write] })).toEqual([done])
    expect(rig.last).toEqual([])
    expect([...rig.committed.acls.values()].map(({ operation }) => operation)).toEqual([3, 4])
  })

  test('come back when they were deleted', () => {
    const rig = new ControllerRig()
    rig.submit({ type: 'createAcls', acls: [acl()] })
    expect(rig.submit({ type: 'deleteAcls', filters: [ALL] })).toMatchObject([{ error: 'NONE', deleted: [acl()] }])
    expect(rig.committed.acls.size).toBe(0)
    rig.submit({ type: 'createAcls', acls: [acl()] })
    expect(rig.committed.acls.size).toBe(1)
  })

  test('are deleted once where two filters find them, and both say so', () => {
    const rig = new ControllerRig()
    rig.submit({ type: 'createAcls', acls: [acl(), acl({ principal: 'User:bob' })] })
    const filters = [ALL, { ...ALL, principal: 'User:bob' }, { ...ALL, patternType: 9 }]
    expect(rig.submit({ type: 'deleteAcls', filters })).toMatchObject([
      { error: 'NONE', deleted: [{ principal: 'User:alice' }, { principal: 'User:bob' }] },
      { error: 'NONE', deleted: [{ principal: 'User:bob' }] },
      { error: 'INVALID_REQUEST', message: 'Unknown patternFilter.', deleted: [] },
    ])
    expect(rig.last).toHaveLength(2)
  })

  test('are no more at a time than one batch may hold', () => {
    const rig = new ControllerRig()
    expect(() => rig.submit({ type: 'createAcls', acls: numbered(10_001) })).toThrow('excessively large batch')
    expect(rig.committed.acls.size).toBe(0)
    rig.submit({ type: 'createAcls', acls: numbered(10_000) })
    rig.submit({ type: 'createAcls', acls: numbered(5, 10_000) })
    const one = { ...ALL, resourceName: 'topic-3' }
    const sentence = 'Cannot remove more than 10000 acls in a single delete operation.'
    expect(rig.submit({ type: 'deleteAcls', filters: [one, ALL] })).toMatchObject([
      { error: 'NONE', deleted: [{ resourceName: 'topic-3' }] },
      { error: 'INVALID_REQUEST', message: sentence, deleted: [] },
    ])
    expect(rig.committed.acls.size).toBe(10_004)
  })

  test('are in a snapshot, and what it changes is told', () => {
    const rig = new ControllerRig()
    rig.submit({ type: 'createAcls', acls: numbered(3) })
    const copy = new MetadataImage('cluster')
    const delta = new MetadataDelta()
    for (const record of snapshotRecords(rig.committed)) copy.replay(record, delta)
    expect(copy.acls).toEqual(rig.committed.acls)
    expect(delta.acls).toEqual(new Set(copy.acls.keys()))
    expect(reloadDelta(rig.committed, new MetadataImage('cluster')).acls).toEqual(delta.acls)
    expect(copy.hasAcl(acl({ resourceName: 'topic-1' }))).toBe(true)
    expect(copy.copy().hasAcl(acl({ resourceName: 'topic-9' }))).toBe(false)
  })
})

const NAME = fc.constantFrom('a', 'ab', 'abc', 'b', '*')
const PATTERN = fc.constantFrom(PatternType.LITERAL, PatternType.PREFIXED)

test('a filter of MATCH finds what a resource of the name falls under', () => {
  fc.assert(
    fc.property(NAME, NAME, PATTERN, (asked, resourceName, patternType) => {
      const entry = acl({ resourceName, patternType })
      const applies =
        patternType === PatternType.PREFIXED
          ? asked.startsWith(resourceName)
          : resourceName === asked || resourceName === '*'
      const filter = { ...ALL, resourceName: asked }
      expect(matchesFilter({ ...filter, patternType: PatternType.MATCH }, entry)).toBe(applies)
      expect(matchesFilter({ ...filter, patternType: PatternType.ANY }, entry)).toBe(asked === resourceName)
      const isIt = asked === resourceName && patternType === PatternType.PREFIXED
      expect(matchesFilter({ ...filter, patternType: PatternType.PREFIXED }, entry)).toBe(isIt)
    }),
  )
})
