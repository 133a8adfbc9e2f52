import { describe, expect, it } from 'vitest'
import { KafkaError } from '../../src/base/errors.ts'
import type { FeatureUpdate } from '../../src/metadata/feature-commands.ts'
import { supportedFeatures } from '../../src/metadata/features.ts'
import { ControllerRig, type RigOptions, uuid } from './controller-rig.ts'

const UPGRADE = 1
const SAFE = 2
const UNSAFE = 3
const ELR = 'eligible.leader.replicas.version'

function update(rig: ControllerRig, ...updates: [feature: string, level: number, upgradeType?: number][]) {
  const asked = updates.map(
    ([feature, level, upgradeType = UPGRADE]): FeatureUpdate => ({ feature, level, upgradeType }),
  )
  return rig.submit({ type: 'updateFeatures', updates: asked, validateOnly: false })
}

function refusalOf(rig: ControllerRig, ...update1: [string, number, number?]): string {
  const { error, message } = update(rig, update1)
  expect(error).toBe('INVALID_UPDATE_VERSION')
  expect(rig.last).toEqual([])
  const all = 'The update failed for all features since the following feature had an error: '
  expect(message?.startsWith(all)).toBe(true)
  return (message ?? '').slice(all.length)
}

const rig = (features?: RigOptions['features']) => new ControllerRig(features && { features })

describe('feature levels', () => {
  it('go up and down', () => {
    const cluster = rig()
    expect(update(cluster, ['group.version', 0, SAFE])).toEqual({ error: 'NONE', message: null })
    expect(cluster.image.featureLevel('group.version')).toBe(0)
    update(cluster, ['group.version', 1])
    expect(cluster.committed.featureLevel('group.version')).toBe(1)
  })

  it('are only tried where that is all that is asked', () => {
    const cluster = rig()
    const updates = [{ feature: 'group.version', level: 0, upgradeType: SAFE }]
    expect(cluster.submit({ type: 'updateFeatures', updates, validateOnly: true }).error).toBe('NONE')
    expect(cluster.last).toEqual([])
  })

  it('change all together or not at all', () => {
    const cluster = rig()
    expect(update(cluster, ['group.version', 0, SAFE], ['share.version', 9]).error).toBe('INVALID_UPDATE_VERSION')
    expect(cluster.image.featureLevel('group.version')).toBe(1)
  })

  it('are refused with a reason', () => {
    const cluster = rig()
    const wrong = (feature: string, level: number, why: string) =>
      `Invalid update version ${level} for feature ${feature}. ${why}`
    expect(refusalOf(cluster, 'group.version', 0)).toBe(
      wrong(
        'group.version',
        0,
        "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.",
      ),
    )
    expect(refusalOf(cluster, 'group.version', 1, 7)).toBe(
      wrong('group.version', 1, 'The controller does not support the given upgrade type.'),
    )
    expect(refusalOf(cluster, 'group.version', -1)).toBe(
      wrong('group.version', -1, 'A feature version cannot be less than 0.'),
    )
    expect(refusalOf(cluster, 'transaction.version', 3)).toBe(
      wrong('transaction.version', 3, 'Local controller 100 only supports versions 0-2'),
    )
    expect(refusalOf(cluster, 'nothing.version', 1)).toBe(
      wrong('nothing.version', 1, 'Local controller 100 does not support this feature.'),
    )
    expect(refusalOf(rig({ 'group.version': 0 }), 'group.version', 1, SAFE)).toBe(
      wrong('group.version', 1, "Can't downgrade to a newer version."),
    )
  })

  it('need every broker and controller', () => {
    const options = { features: { 'share.version': 0 }, settings: { voterIds: [100, 101] } }
    const cluster = new ControllerRig(options)
    const less = supportedFeatures().map((f) => (f.name === 'share.version' ? { ...f, max: 0 } : f))
    const why = () => refusalOf(cluster, 'share.version', 1).replace(/^.*version\. /, '')
    cluster.register(1, { features: less })
    expect(why()).toBe('Broker 1 does not support this feature.')
    cluster.submit({ type: 'unregisterBroker', brokerId: 1 })
    expect(why()).toBe('controller 101 has not registered, and may not support this feature')
    const controller = { controllerId: 101, incarnationId: uuid(3), zkMigrationReady: false, endpoints: [] }
    cluster.submit({ type: 'registerController', ...controller, features: less })
    expect(why()).toBe('Controller 101 does not support this feature.')
    cluster.submit({ type: 'registerController', ...controller, features: supportedFeatures() })
    expect(update(cluster, ['share.version', 1]).error).toBe('NONE')
  })

  it('never lose metadata', () => {
    expect(refusalOf(rig(), 'metadata.version', 29, SAFE)).toBe(
      'Unsupported metadata.version downgrade from 30 to 29. ' +
        'Refusing to perform the requested downgrade because it might delete metadata information.',
    )
    expect(refusalOf(rig(), 'metadata.version', 29, UNSAFE)).toBe(
      'Unsupported metadata.version downgrade from 30 to 29. ' +
        'Unsafe metadata downgrade is not supported in this version.',
    )
    expect(refusalOf(rig(), 'metadata.version', 6, SAFE)).toContain('Local controller 100 only supports versions 7-30')
    const cluster = rig({ 'metadata.version': 29 })
    expect(update(cluster, ['metadata.version', 28, SAFE]).error).toBe('NONE')
    expect(update(cluster, ['metadata.version', 30]).error).toBe('NONE')
    expect(cluster.image.featureLevel('metadata.version')).toBe(30)
  })
})

describe('eligible leader replicas', () => {
  it('need metadata.version 4.0-IV1', () => {
    const cluster = rig({ 'metadata.version': 22, [ELR]: 0 })
    expect(refusalOf(cluster, ELR, 1)).toContain(
      `${ELR} could not be set to 1 because it depends on metadata.version level 23`,
    )
    expect(update(cluster, ['metadata.version', 23], [ELR, 1]).error).toBe('NONE')
  })

  it('come with one min.insync.replicas for all brokers', () => {
    const cluster = rig({ [ELR]: 0 })
    expect(cluster.image.configs(4, '').size).toBe(0)
    update(cluster, [ELR, 1])
    expect(cluster.last.map(({ type }) => type)).toEqual(['ConfigRecord', 'FeatureLevelRecord'])
    expect(cluster.image.configs(4, '').get('min.insync.replicas')).toBe('1')
    update(cluster, [ELR, 0, SAFE])
    update(cluster, [ELR, 1])
    expect(cluster.last.map(({ type }) => type)).toEqual(['FeatureLevelRecord'])
  })
})

describe('kraft.version', () => {
  it('is the quorum’s to change', () => {
    const asked: [number, boolean][] = []
    const kraft = {
      current: () => 0,
      upgrade: (level: number, validateOnly: boolean) => {
        if (level > 1) throw new KafkaError('INVALID_UPDATE_VERSION', 'no')
        asked.push([level, validateOnly])
      },
    }
    const cluster = new ControllerRig({ kraft })
    expect(update(cluster, ['kraft.version', 1]).error).toBe('NONE')
    expect(asked).toEqual([[1, false]])
    expect(cluster.last.map(({ type }) => type)).toEqual(['NoOpRecord'])
    expect(refusalOf(new ControllerRig({ kraft: { current: () => 1 } }), 'kraft.version', 0, SAFE)).toContain(
      "Can't downgrade the version of this feature.",
    )
  })
})
