import { useState } from 'react'
import { call } from '../../kit/api.ts'
import { Button, Facts } from '../../kit/controls.tsx'
import { Confirm, Dialog } from '../../kit/dialog.tsx'
import { ago, duration, time } from '../../kit/format.ts'
import { useAnswer } from '../../kit/poll.ts'
import { Answered } from '../../kit/states.tsx'
import { toast } from '../../kit/toast.ts'

interface TransactionDialogProps {
  readonly transactionalId: string
  readonly onChanged: () => Promise<void>
  readonly onClose: () => void
}

export function TransactionDialog({ transactionalId, onChanged, onClose }: TransactionDialogProps) {
  const asked = useAnswer('GET /api/transaction', { query: { transactionalId } }, { everyMs: 3000 })
  const [ending, setEnding] = useState(false)
  if (ending) {
    const run = async () => {
      await call('POST /api/transactions/terminate', { body: { transactionalId } })
      toast.good(`What was open of ${transactionalId} is aborted.`)
      await onChanged()
    }
    return (
      <Confirm
        title={`Terminate ${transactionalId}`}
        action="Terminate"
        typed={transactionalId}
        run={run}
        onClose={onClose}
      >
        <p>
          Its open transaction is aborted, and the producer that has the id now is fenced: it fails and must start anew.
        </p>
      </Confirm>
    )
  }
  return (
    <Dialog
      title={transactionalId}
      onClose={onClose}
      footer={
        <Button look="plain danger" onClick={() => setEnding(true)}>
          Terminate
        </Button>
      }
    >
      <Answered asked={asked}>
        {({ state, coordinator, producerId, producerEpoch, timeoutMs, startedMs, partitions }) => (
          <Facts
            facts={[
              ['State', state],
              ['Open since', startedMs === undefined ? undefined : `${time(startedMs)}, ${ago(startedMs)}`],
              ['Timeout', duration(timeoutMs)],
              ['Producer', `${producerId}, epoch ${producerEpoch}`],
              ['Coordinator', `broker ${coordinator}`],
              [
                'Partitions',
                partitions.length === 0
                  ? 'none'
                  : partitions.map(({ topic, partition }) => `${topic}-${partition}`).join(', '),
              ],
            ]}
          />
        )}
      </Answered>
    </Dialog>
  )
}
