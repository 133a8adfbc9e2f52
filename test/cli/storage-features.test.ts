import { describe, expect, test } from 'vitest'
import { dependencyLines, versionMapping } from '../../src/cli/storage-features.ts'
import { UserError } from '../../src/cli/user-error.ts'

/** kraft, transaction, group, eligible.leader.replicas, share and streams. */
const ORDER = ['kraft', 'transaction', 'group', 'eligible.leader.replicas', 'share', 'streams']

// What kafka-storage.sh of Apache Kafka 4.3.1 prints.
describe('storage version-mapping', () => {
  test.each([
    ['3.3', 7, [0, 0, 0, 0, 0, 0]],
    ['3.3.2', 7, [0, 0, 0, 0, 0, 0]],
    ['3.5', 11, [0, 0, 0, 0, 0, 0]],
    ['3.9', 21, [1, 0, 0, 0, 0, 0]],
    ['4.0-IV2', 24, [1, 2, 1, 0, 0, 0]],
    ['4.0', 25, [1, 2, 1, 0, 0, 0]],
    ['4.1', 27, [1, 2, 1, 1, 0, 0]],
    ['4.2-IV0.7', 28, [1, 2, 1, 1, 1, 0]],
    ['4.2-IV1', 29, [1, 2, 1, 1, 1, 1]],
    ['4.3.1', 30, [1, 2, 1, 1, 1, 1]],
    ['4.3.x', 30, [1, 2, 1, 1, 1, 1]],
    ['4.4-IV0', 31, [1, 2, 1, 1, 1, 1]],
  ])('%s', (release, level, levels) => {
    const features = ORDER.map((name, at) => `${name}.version=${levels[at]}`)
    expect(versionMapping(release)).toEqual([`metadata.version=${level} (${release})`, ...features])
  })

  test('of the newest', () => expect(versionMapping()[0]).toBe('metadata.version=30 (4.3-IV0)'))

  test.each(['3.0', '3.3-IV0', '4.4', '4.5', '', '4', '30', ' 4.3', '4.2..'])('refuses %j', (release) => {
    expect(() => versionMapping(release)).toThrow(UserError)
    expect(() => versionMapping(release)).toThrow(
      new RegExp(
        `^Unknown metadata\\.version '${release}'\\. Supported metadata\\.version are: 3\\.3-IV3, .*, 4\\.4-IV0$`,
      ),
    )
  })
})

describe('storage feature-dependencies', () => {
  test.each([
    ['metadata.version=30', ['metadata.version=30 (4.3-IV0) has no dependencies.']],
    ['metadata.version=31', ['metadata.version=31 (4.4-IV0) has no dependencies.']],
    [
      'eligible.leader.replicas.version=1',
      ['eligible.leader.replicas.version=1 requires:', '    metadata.version=23 (4.0-IV1)'],
    ],
    ['eligible.leader.replicas.version=0', ['eligible.leader.replicas.version=0 has no dependencies.']],
    ['group.version=+1', ['group.version=1 has no dependencies.']],
    ['group.version= 01', ['group.version=1 has no dependencies.']],
    ['transaction.version=2', ['transaction.version=2 has no dependencies.']],
  ])('%s', (asked, lines) => expect([...dependencyLines([asked])]).toEqual(lines))

  test.each([
    ['metadata.version=6', 'Unknown metadata.version 6'],
    ['metadata.version=-1', 'Unknown metadata.version -1'],
    ['metadata.version=4.3', 'Invalid version format: 4.3 for feature metadata.version'],
    ['transaction.version=3', 'Feature level 3 is not supported for feature transaction.version'],
    ['kraft.version=-1', 'Feature level -1 is not supported for feature kraft.version'],
    ['nope=x', 'Invalid version format: x for feature nope'],
    ['nope', "Invalid feature format: nope. Expected format: 'feature=version' (e.g. 'group.version=1')"],
    ['group.version=', 'Invalid version format:  for feature group.version'],
    ['=1', 'Unknown feature: '],
    ['group.version=1=2', 'Invalid version format: 1=2 for feature group.version'],
    ['group.version=99999', 'Invalid version format: 99999 for feature group.version'],
  ])('refuses %s', (asked, sentence) => {
    expect(() => [...dependencyLines([asked])]).toThrow(new UserError(sentence))
  })
})
