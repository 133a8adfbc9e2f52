import { afterAll, beforeAll, describe } from 'vitest'
import { startBroker, TARGET, type TestBroker } from '../support/broker.ts'
import { noKafka } from '../support/kafka.ts'
import { Tools } from '../support/tools.ts'
import { itIsTheSame, runAll, s, type ToolStep } from './tool-steps.ts'

const acls = (args: string, more: Partial<ToolStep> = {}) => s('kafka-acls', args, { anyOrder: true, ...more })
const forced = (args: string) => acls(`--remove --force ${args}`)

/** What an operator types to let people in, and to throw them out. */
const STEPS: readonly ToolStep[] = [
  s('kafka-configs', '--describe --all --entity-type brokers --entity-name 1', {
    anyOrder: true,
    only: /^ *(?:super\.|authorizer\.|allow\.|early\.).*/gm,
  }),
  acls('--list'),
  acls('--add --allow-principal User:alice --operation Read --topic orders'),
  acls('--add --allow-principal User:alice --operation Read --topic orders'),
  acls(
    '--add --allow-principal User:alice --allow-host 10.0.0.1 --allow-host 10.0.0.2 --operation Write --topic orders',
  ),
  acls('--add --deny-principal User:mallory --deny-host 192.168.0.1 --operation All --topic orders'),
  acls('--add --allow-principal User:bob --producer --topic pay --resource-pattern-type prefixed'),
  acls('--add --allow-principal User:bob --producer --idempotent --topic payments --transactional-id t1'),
  acls('--add --allow-principal User:carol --consumer --topic orders --group g1'),
  acls('--add --allow-principal User:* --operation Describe --cluster'),
  acls('--add --allow-principal User:dave --operation IdempotentWrite --cluster kafka-cluster'),
  acls('--add --allow-principal User:dave --operation Describe --delegation-token token'),
  acls('--add --allow-principal User:dave --operation CreateTokens --user-principal User:erin'),
  acls('--add --allow-principal User:dave --operation TwoPhaseCommit --transactional-id t1'),
  acls('--add --allow-principal User:* --operation Read --topic * --group *'),
  acls('--list'),
  acls('--list --topic orders'),
  acls('--list --topic payments --resource-pattern-type match'),
  acls('--list --topic payments --resource-pattern-type any'),
  acls('--list --topic pay --resource-pattern-type prefixed'),
  acls('--list --principal User:bob'),
  acls('--list --principal User:bob --principal User:carol --topic orders'),
  acls('--list --cluster'),
  acls('--list --group g1 --resource-pattern-type match'),
  acls('--list --transactional-id t1'),
  acls('--list --delegation-token token'),
  acls('--list --user-principal User:erin'),
  forced('--allow-principal User:alice --operation Read --topic orders'),
  forced('--allow-principal User:nobody --operation Read --topic orders'),
  forced('--allow-principal User:bob --producer --topic pay --resource-pattern-type prefixed'),
  forced('--topic orders'),
  acls('--list --topic orders'),
  acls('--remove --group g1', { stdin: 'n\n' }),
  acls('--remove --group g1', { stdin: 'y\n' }),
  forced('--topic payments --resource-pattern-type match'),
  acls('--list'),
  acls('--add --allow-principal alice --operation Read --topic orders'),
  acls('--add --allow-principal User:alice --operation Fly --topic orders'),
  acls('--add --allow-principal User:alice --operation Read'),
  acls('--add --allow-principal User:alice --operation Create --group g'),
  acls('--add --operation Read --topic orders'),
  acls('--add --allow-principal User:alice --operation Read --topic orders --resource-pattern-type match'),
  acls('--add --allow-principal User:alice --producer --consumer --topic t --group g'),
  acls('--remove --list'),
  acls('--list --resource-pattern-type match'),
  forced('--cluster --transactional-id * --user-principal User:erin'),
  acls('--list'),
]

/** Without an authorizer there is nothing to list. */
const WITHOUT: readonly ToolStep[] = [
  acls('--list', { only: /SecurityDisabled\w+: .*/g }),
  acls('--add --allow-principal User:alice --operation Read --topic orders', { only: /SecurityDisabled\w+: .*/g }),
  acls('--remove --force --topic orders', { only: /SecurityDisabled\w+: .*/g }),
]

const AUTHORIZER = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
}

describe.skipIf(noKafka())(`kafka-acls against Apache Kafka and ${TARGET}`, () => {
  describe.each([
    ['with an authorizer', AUTHORIZER, 'broker', STEPS],
    ['asked of a controller', AUTHORIZER, 'controller', STEPS.slice(0, 20)],
    ['without one', {}, 'broker', WITHOUT],
  ] as const)('%s', (_title, properties, to, steps) => {
    const tools = new Tools()
    const brokers: TestBroker[] = []
    let expected: string[] = []
    let actual: string[] = []

    beforeAll(async () => {
      brokers.push(...(await Promise.all([startBroker({ target: 'kafka', properties }), startBroker({ properties })])))
      const [kafka, ours] = brokers
      if (kafka === undefined || ours === undefined) throw new Error('two brokers')
      ;[expected, actual] = await Promise.all([runAll(steps, tools, kafka, to), runAll(steps, tools, ours, to)])
    })
    afterAll(async () => {
      await tools[Symbol.asyncDispose]()
      await Promise.all(brokers.map((broker) => broker[Symbol.asyncDispose]()))
    })

    itIsTheSame(steps, () => ({ expected, actual }))
  })
})
