import { KafkaError } from '../../src/base/errors.ts'
import type { ProduceVerificationDeps } from '../../src/broker/handlers/produce-verification.ts'
import { partitionKey } from '../../src/broker/transactions/verifier.ts'

/** No transaction has any partition. */
export const NO_TRANSACTIONS: Omit<ProduceVerificationDeps, 'clock'> = {
  verifier: {
    check: async (_producer, partitions) => new Map(partitions.map((at) => [partitionKey(at), 'INVALID_TXN_STATE'])),
  },
  verifies: () => true,
  backoffMs: 20,
  maxBackoffMs: 100,
}

/** Nobody coordinates transactions. */
export const NO_COORDINATOR = { init: () => Promise.reject(new KafkaError('COORDINATOR_NOT_AVAILABLE')) }
