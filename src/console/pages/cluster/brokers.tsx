import { Button, PageHead } from '../../kit/controls.tsx'
import { plural } from '../../kit/format.ts'
import { useAnswer } from '../../kit/poll.ts'
import { navigate } from '../../kit/router.tsx'
import { Answered, Warnings } from '../../kit/states.tsx'
import { Brokers } from '../overview/brokers.tsx'
import { ClusterTabs } from './cluster-tabs.tsx'

/** The brokers of the cluster, and what each one carries. */
export function BrokersPage() {
  const asked = useAnswer('GET /api/brokers', {}, { everyMs: 5000 })
  return (
    <>
      <PageHead
        title="Brokers"
        below={asked.data && plural(asked.data.brokers.length, 'broker')}
        actions={
          <Button icon="configs" onClick={() => navigate('/brokers/default')}>
            Settings of all
          </Button>
        }
      />
      <ClusterTabs current="brokers" />
      <Answered asked={asked}>
        {({ brokers, warnings }) => (
          <div className="stack tight">
            <Warnings warnings={warnings} />
            <Brokers brokers={brokers} />
          </div>
        )}
      </Answered>
    </>
  )
}
