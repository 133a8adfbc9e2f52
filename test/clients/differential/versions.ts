import { expect } from 'vitest'
import { until } from '../../support/wait.ts'
import type { Reply, Session } from './session.ts'

/** Sets transaction.version of the cluster, and waits until the broker knows. */
export async function finalize(session: Session, version: number): Promise<void> {
  const featureUpdates = [{ feature: 'transaction.version', maxVersionLevel: version, upgradeType: 2 }]
  const reply = await session.call('UpdateFeatures', 1, { timeoutMs: 10_000, featureUpdates, validateOnly: false })
  expect(reply.errorCode).toBe(0)
  await until(`transaction.version ${version}`, async () => {
    const { finalizedFeatures } = await session.call('ApiVersions', 4, {
      clientSoftwareName: 'wire',
      clientSoftwareVersion: '1',
    })
    const level = finalizedFeatures.find((each: Reply) => each.name === 'transaction.version')?.maxVersionLevel
    return (level ?? 0) === version
  })
}
