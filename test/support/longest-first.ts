import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Those that take longest on a machine with two cores; what waits for others stands beside what computes. */
const LONGEST = [
  'cluster/mixed',
  'cluster/failures',
  'clients/authorization',
  'clients/differential',
  'clients/consumer-protocol',
  'clients/share',
  'simulation/regressions',
  'clients/transaction-states',
  'cluster/elastic',
  'clients/connect',
  'clients/exactly-once',
  'clients/tools',
  'simulation/cluster',
  'clients/python',
  'clients/java',
  'clients/isolation',
  'clients/hostile',
  'clients/transactions',
  'clients/streams',
  'clients/interchange',
  'node/transactions',
  'clients/tools-admin',
  'clients/transfers',
  'clients/kcat',
  'clients/telemetry',
  'simulation/single-node',
  'cluster/dynamic-quorum',
  'simulation/transactions',
  'cli/start-many',
  'group/assignors/kafka',
  'node/cluster',
  'clients/chaos',
  'clients/kafkajs',
  'raft/simulation',
]

/** Long files begin first, lest one of them is left alone at the end while the other workers have nothing to do. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const found = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`))
      return found === -1 ? LONGEST.length : found
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}
