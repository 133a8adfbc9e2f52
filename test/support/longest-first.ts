import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Those that take longest on a machine with two cores; what waits for others stands beside what computes. */
const LONGEST = [
  'cluster/mixed',
  'simulation/cluster',
  'cluster/failures',
  'clients/consumer-protocol',
  'simulation/regressions',
  'cluster/elastic',
  'clients/share',
  'clients/tools',
  'clients/differential',
  'clients/streams',
  'simulation/single-node',
  'clients/python',
  'clients/java',
  'clients/chaos',
  'clients/tools-admin',
  'clients/transactions',
  'clients/transaction-states',
  'clients/isolation',
  'clients/interchange',
  'clients/hostile',
  'node/transactions',
  'node/memory',
  'runtime/metadata-kafka',
  'group/assignors/kafka',
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
