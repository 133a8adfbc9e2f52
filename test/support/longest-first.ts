import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Those that take longest on a machine with two cores; what waits for others stands beside what computes. */
const LONGEST = [
  'clients/logins/every-client.long',
  'clients/authorization.long',
  'cluster/mixed.long',
  'cluster/failures',
  'cluster/transactions.long',
  'clients/differential',
  'console/pages.long',
  'console/cluster-pages.long',
  'clients/consumer-protocol',
  'clients/acls.long',
  'clients/connect.long',
  'clients/transaction-epochs.long',
  'clients/exactly-once.long',
  'clients/python',
  'clients/share',
  'clients/sasl',
  'clients/bearer/exchange.long',
  'clients/admin-methods.long',
  'simulation/cluster',
  'clients/logins/renewal.long',
  'clients/audit.long',
  'clients/delegation-tokens.long',
  'clients/java',
  'clients/sasl-differential.long',
  'clients/tools',
  'cluster/elastic',
  'clients/hostile',
  'clients/transaction-states.long',
  'simulation/regressions.long',
  'clients/bearer/clients',
  'clients/interchange',
  'node/transactions',
  'clients/tools-admin',
  'clients/streams',
  'clients/isolation.long',
  'clients/transactions',
  'clients/transfers',
  'clients/kcat',
  'cluster/dynamic-quorum',
  'clients/telemetry',
  'clients/delegation-token-frames',
  'clients/secure-file',
  'simulation/vanished',
  'simulation/transactions',
  'clients/chaos',
  'clients/tls',
  'cli/start-many',
  'group/assignors/kafka',
  'node/cluster',
  'runtime/metadata-kafka',
  'node/tls/stores',
  'clients/acl-requests',
  'clients/kafkajs',
  'raft/simulation',
  'simulation/single-node',
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
