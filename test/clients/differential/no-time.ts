import type { Body } from './session.ts'
import { everyVersion, STRANGE_ID, type Step, topicId, ZERO_ID } from './step.ts'

const topic = (name: string) => ({ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] })
const named = (names: readonly string[]) => names.map((name) => ({ name, topicId: ZERO_ID }))
const removing = (timeoutMs: number, ...names: string[]): Body => ({
  topics: named(names),
  topicNames: names,
  timeoutMs,
})
const growing = (timeoutMs: number, ...names: string[]): Body => ({
  topics: names.map((name) => ({ name, count: 9, assignments: null })),
  timeoutMs,
  validateOnly: false,
})

/** What the controller is asked to do at once or never. Nothing of it may be done: later steps would show it. */
export const noTimeSteps: readonly Step[] = [
  ...everyVersion(
    'CreateTopics',
    { min: 2, max: 7 },
    {
      'with no time': () => ({ topics: [topic('late'), topic('a b')], timeoutMs: 0, validateOnly: false }),
      'with less than no time, and what is wrong anyway': () => ({
        topics: [topic('late'), topic('late'), topic('plain'), topic('__cluster_metadata')],
        timeoutMs: -1,
        validateOnly: true,
      }),
      'with no time for what is never asked': () => ({
        topics: [topic('late'), topic('late'), topic('__cluster_metadata')],
        timeoutMs: 0,
        validateOnly: false,
      }),
    },
  ),
  ...everyVersion(
    'DeleteTopics',
    { min: 1, max: 6 },
    {
      'with no time': () => removing(0, 'plain', 'nowhere'),
      'with less than no time, and what is wrong anyway': () => removing(-1, 'plain', 'nowhere', 'nowhere'),
      'with no time for what is never asked': () => removing(0, 'plain', 'plain'),
      'by id with no time': (version, context) =>
        version < 6
          ? undefined
          : {
              topics: [
                { name: null, topicId: topicId(context, 'plain') },
                { name: null, topicId: STRANGE_ID },
                { name: null, topicId: ZERO_ID },
              ],
              timeoutMs: 0,
            },
      'that are not to be told apart, with no time': (version) =>
        version < 6
          ? undefined
          : {
              topics: [
                { name: null, topicId: ZERO_ID },
                { name: 'plain', topicId: STRANGE_ID },
              ],
              timeoutMs: 0,
            },
    },
  ),
  ...everyVersion(
    'CreatePartitions',
    { min: 0, max: 3 },
    {
      'with no time': () => growing(0, 'plain', 'nowhere'),
      'with less than no time, and what is wrong anyway': () => growing(-1, 'plain', 'wide', 'wide'),
      'with no time for what is never asked': () => growing(0, 'plain', 'plain'),
    },
  ),
  ...everyVersion(
    'ElectLeaders',
    { min: 0, max: 2 },
    {
      'with no time': () => ({ topicPartitions: [{ topic: 'plain', partitions: [0, 0, 7] }], timeoutMs: 0 }),
      'of all with no time': () => ({ topicPartitions: null, timeoutMs: 0 }),
      'of none with less than no time': () => ({ topicPartitions: [], timeoutMs: -1 }),
      'by an unknown type with no time': (version) =>
        version === 0
          ? undefined
          : { electionType: 9, topicPartitions: [{ topic: 'plain', partitions: [] }], timeoutMs: 0 },
      'of none by an unknown type': (version) =>
        version === 0 ? undefined : { electionType: 9, topicPartitions: [], timeoutMs: 10_000 },
    },
  ),
  ...everyVersion(
    'AlterPartitionReassignments',
    { min: 0, max: 1 },
    {
      'with no time': () => ({
        topics: [{ name: 'plain', partitions: [{ partitionIndex: 0, replicas: [1] }] }],
        timeoutMs: 0,
      }),
      'of none with less than no time': () => ({ topics: [], timeoutMs: -1 }),
    },
  ),
]
