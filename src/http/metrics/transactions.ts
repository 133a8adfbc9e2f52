import type { TransactionCoordinator } from '../../broker/transactions/coordinator.ts'
import type { MarkerSender } from '../../broker/transactions/marker-sender.ts'
import { type CoordinatorView, recentFamilies } from './coordinators.ts'
import { type Family, gauge, one } from './family.ts'

const SENDER = 'kafka_coordinator_transaction_transactionmarkerchannelmanager'
const COORDINATOR = 'kafka_server_transaction_coordinator_metrics'

export interface TransactionView {
  readonly host: CoordinatorView
  readonly coordinator: Pick<TransactionCoordinator, 'countStates'>
  readonly sender: Pick<MarkerSender, 'waiting'>
}

/** The transactions that this broker coordinates. */
export function transactionFamilies({ host, coordinator, sender }: TransactionView, now: () => number): Family[] {
  return [
    ...recentFamilies(
      `${COORDINATOR}_partition_load_time`,
      'How long loading a partition took.',
      host.metrics.loads,
      now,
    ),
    gauge('odradek_transaction_coordinator_transactional_ids', 'Transactional ids by state.', async () =>
      Array.from(await coordinator.countStates(), ([state, value]) => ({ labels: { state }, value })),
    ),
    gauge(
      `${SENDER}_unknowndestinationqueuesize`,
      'Decided transactions that wait for a partition to have a leader.',
      one(() => sender.waiting().leaders),
    ),
    gauge(
      `${SENDER}_logappendretryqueuesize`,
      'Transactions whose markers are written and whose end is still to be noted.',
      one(() => sender.waiting().notes),
    ),
  ]
}
