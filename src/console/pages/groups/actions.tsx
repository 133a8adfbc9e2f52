import { useState } from 'react'
import type { Group } from '../../../http/console/api.ts'
import { call } from '../../kit/api.ts'
import { Button } from '../../kit/controls.tsx'
import { Confirm } from '../../kit/dialog.tsx'
import { navigate } from '../../kit/router.tsx'
import { toast } from '../../kit/toast.ts'
import { failureOf } from '../outcomes.ts'
import { ResetOffsets } from './reset.tsx'

interface ActionsProps {
  readonly group: Group
  readonly onChanged: () => Promise<void>
}

/** What can be done to a group as a whole. */
export function GroupActions({ group, onChanged }: ActionsProps) {
  const [open, setOpen] = useState<'reset' | 'delete'>()
  const close = () => setOpen(undefined)
  const remove = async () => {
    failureOf(await call('POST /api/groups/delete', { body: { groups: [group.group] } }))
    toast.good(`${group.group} was deleted.`)
    navigate('/groups')
  }
  return (
    <>
      <Button icon="clock" onClick={() => setOpen('reset')} disabled={group.partitions.length === 0}>
        Reset offsets
      </Button>
      <Button icon="trash" aria-label="Delete this group" onClick={() => setOpen('delete')} />
      {open === 'reset' && <ResetOffsets group={group} onChanged={onChanged} onClose={close} />}
      {open === 'delete' && (
        <Confirm title={`Delete ${group.group}`} action="Delete group" typed={group.group} run={remove} onClose={close}>
          <p>
            Its committed offsets are forgotten: clients that come back start where their settings say. Groups that have
            members are not deleted.
          </p>
        </Confirm>
      )}
    </>
  )
}
