import { until } from '../../support/wait.ts'
import type { Reply } from './session.ts'
import type { Context } from './step.ts'

/** Sets what a group is told, and waits until whoever answers for it has heard. */
export async function configureGroup(
  context: Context,
  groupId: string,
  values: Readonly<Record<string, string>>,
): Promise<Reply> {
  const reply = await setAndSeen(context, groupId, values)
  // Apache Kafka shows a config before its coordinator has it, but has it everywhere before it shows the next change.
  await setAndSeen(context, `${groupId}-after`, values)
  return reply
}

async function setAndSeen({ session }: Context, groupId: string, values: Readonly<Record<string, string>>) {
  const configs = Object.entries(values).map(([name, value]) => ({ name, configOperation: 0, value }))
  const reply = await session.call('IncrementalAlterConfigs', 1, {
    resources: [{ resourceType: 32, resourceName: groupId, configs }],
  })
  await until('the group config', async () => {
    const resources = [{ resourceType: 32, resourceName: groupId, configurationKeys: null }]
    const described = await session.call('DescribeConfigs', 4, { resources })
    const now = new Map<string, string>(
      described.results[0].configs.map((config: Reply) => [config.name, config.value]),
    )
    return Object.entries(values).every(([name, value]) => now.get(name) === value)
  })
  return reply
}
