import { ConfigTable } from '../../kit/config-table.tsx'
import { PageHead } from '../../kit/controls.tsx'
import { useAnswer } from '../../kit/poll.ts'
import type { Params } from '../../kit/router.tsx'

/** The settings of one broker, or (`default`) those that all brokers share. */
export function BrokerPage({ params }: { readonly params: Params }) {
  const id = params.broker ?? ''
  const isDefault = id === 'default'
  const { data } = useAnswer('GET /api/brokers', {}, { enabled: !isDefault })
  const broker = data?.brokers.find((known) => String(known.id) === id)
  return (
    <>
      <PageHead
        above={{ title: 'Brokers', to: '/brokers' }}
        title={isDefault ? 'Settings of all brokers' : `Broker ${id}`}
        below={
          isDefault
            ? 'What is set here holds for every broker that has no value of its own.'
            : broker && `${broker.host}:${broker.port}${broker.rack === null ? '' : `, rack ${broker.rack}`}`
        }
      />
      <ConfigTable type="broker" name={isDefault ? '' : id} mayAlter />
    </>
  )
}
