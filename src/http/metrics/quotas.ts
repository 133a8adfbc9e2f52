import type { ClientThrottles } from '../../broker/client-throttles.ts'
import type { QuotaUse } from '../../security/quotas/rate-quota.ts'
import { type Family, gauge, type Series } from './family.ts'

/** What the exporter's rules for quotas make of `kafka.server:type=Produce,user=…,client-id=…`. */
const PREFIX = 'kafka_server_quota'
/** Of each resource, those that were used last: clients may give themselves any number of ids. */
const MOST_SERIES = 1_000

export function quotaFamilies(throttles: Pick<ClientThrottles, 'uses'>): Family[] {
  const family = (name: string, help: string, resources: readonly string[], value: (use: QuotaUse) => number) =>
    gauge(`${PREFIX}_${name}`, help, () =>
      throttles
        .uses(MOST_SERIES)
        .filter(({ resource }) => resources.includes(resource))
        .flatMap(({ resource, uses }) => uses.map((use) => ({ labels: labelsOf(resource, use), value: value(use) }))),
    )
  const bytes = ['Produce', 'Fetch']
  return [
    family('byte_rate', 'Bytes per second of clients, where there are quotas of bytes.', bytes, ({ rate }) => rate),
    family(
      'request_time',
      "Percents of the event loop's time that clients used, where there are quotas of it.",
      ['Request'],
      ({ rate }) => rate,
    ),
    family(
      'throttle_time',
      'For how many ms clients were held back lately, on average of the times that they were.',
      [...bytes, 'Request'],
      ({ throttleMs }) => throttleMs,
    ),
  ]
}

function labelsOf(resource: string, { user, clientId }: QuotaUse): Series['labels'] {
  return { resource, ...(user !== '' && { user }), ...(clientId !== '' && { clientId }) }
}
