import { useState } from 'react'
import type { Group, GroupMember, TopicPartition } from '../../../http/console/api.ts'
import { call } from '../../kit/api.ts'
import { Badge, Button, CopyButton, Facts } from '../../kit/controls.tsx'
import { Confirm, Dialog } from '../../kit/dialog.tsx'
import { count } from '../../kit/format.ts'
import { Empty } from '../../kit/states.tsx'
import { type Column, LocalTable } from '../../kit/table.tsx'
import { toast } from '../../kit/toast.ts'
import { failureOf } from '../outcomes.ts'

const COLUMNS: readonly Column<GroupMember>[] = [
  {
    id: 'client',
    title: 'Client',
    sortBy: ({ clientId }) => clientId,
    cell: ({ clientId, instanceId }) => (
      <span className="row">
        <span className="ellipsis">{clientId}</span>
        {instanceId !== null && <Badge title={`It keeps its partitions over restarts, as ${instanceId}`}>static</Badge>}
      </span>
    ),
  },
  {
    id: 'host',
    title: 'Host',
    width: '150px',
    phone: '96px',
    sortBy: ({ host }) => host,
    cell: ({ host }) => host.replace('/', ''),
  },
  {
    id: 'memberId',
    title: 'Member',
    width: '26%',
    from: 'wide',
    cell: ({ memberId }) => (
      <span className="mono ellipsis" title={memberId}>
        {memberId}
      </span>
    ),
  },
  {
    id: 'epoch',
    title: 'Epoch',
    width: '90px',
    align: 'end',
    from: 'wide',
    sortBy: ({ memberEpoch }) => memberEpoch,
    cell: ({ memberEpoch }) => count(memberEpoch),
  },
  {
    id: 'assignment',
    title: 'Has',
    width: '120px',
    phone: '72px',
    align: 'end',
    hint: 'Partitions, or tasks of a streams group',
    sortBy: (member) => workOf(member),
    cell: (member) => (
      <>
        {member.target !== undefined && <Badge tone="warn">moving</Badge>} {count(workOf(member))}
      </>
    ),
  },
]

const workOf = ({ tasks, assignment }: GroupMember): number => tasks?.active.length ?? assignment.length

/** Who is in the group and what each one reads. */
export function MembersTab({ group, onChanged }: { readonly group: Group; readonly onChanged: () => Promise<void> }) {
  const [open, setOpen] = useState<string>()
  const member = group.members.find(({ memberId }) => memberId === open)
  return (
    <>
      <LocalTable
        label="Members"
        rows={group.members}
        columns={COLUMNS}
        rowKey={({ memberId }) => memberId}
        onOpen={({ memberId }) => setOpen(memberId)}
        firstSort={{ id: 'client', descending: false }}
        empty={
          <Empty icon="groups" title="Nobody is in it now">
            What it committed is kept, so that its members go on there when they come back.
          </Empty>
        }
      />
      {member !== undefined && (
        <MemberDialog group={group} member={member} onChanged={onChanged} onClose={() => setOpen(undefined)} />
      )}
    </>
  )
}

interface MemberDialogProps {
  readonly group: Group
  readonly member: GroupMember
  readonly onChanged: () => Promise<void>
  readonly onClose: () => void
}

function MemberDialog({ group, member, onChanged, onClose }: MemberDialogProps) {
  const [removing, setRemoving] = useState(false)
  const { memberId, instanceId, clientId, host, rack, memberEpoch, processId, tasks } = member
  if (removing) {
    const run = async () => {
      const who = instanceId === null ? { memberId } : { instanceId }
      failureOf(await call('POST /api/groups/remove-members', { body: { group: group.group, members: [who] } }))
      toast.good(`${clientId} was taken out of ${group.group}.`)
      await onChanged()
    }
    return (
      <Confirm title={`Remove ${clientId}`} action="Remove member" run={run} onClose={onClose}>
        <p>Its partitions go to other members. A client that still runs joins again by itself.</p>
      </Confirm>
    )
  }
  return (
    <Dialog
      title={clientId}
      onClose={onClose}
      footer={
        group.kind === 'classic' ? (
          <Button look="plain danger" onClick={() => setRemoving(true)}>
            Remove from the group
          </Button>
        ) : undefined
      }
    >
      <Facts
        facts={[
          [
            'Member',
            <span key="id" className="row">
              <span className="mono">{memberId}</span> <CopyButton text={memberId} />
            </span>,
          ],
          ['Instance', instanceId ?? undefined],
          ['Host', host],
          ['Rack', rack],
          ['Epoch', memberEpoch],
          ['Process', processId],
          ['Subscribed to', subscriptionOf(member)],
          ['Reads', tasks === undefined ? listed(member.assignment) : undefined],
          ['Is to read', member.target && listed(member.target)],
          ['Active tasks', tasks && (tasks.active.join(', ') || 'none')],
          ['Standby tasks', tasks && (tasks.standby.join(', ') || 'none')],
          ['Warm-up tasks', tasks && (tasks.warmup.join(', ') || 'none')],
        ]}
      />
    </Dialog>
  )
}

function subscriptionOf({ subscription, subscriptionPattern }: GroupMember): string | undefined {
  if (subscriptionPattern !== undefined && subscriptionPattern !== '') return `topics like ${subscriptionPattern}`
  return subscription.length === 0 ? undefined : subscription.join(', ')
}

/** `orders 0, 2, 5; payments 1`. */
function listed(partitions: readonly TopicPartition[]): string {
  if (partitions.length === 0) return 'nothing'
  const byTopic = Map.groupBy(partitions, ({ topic }) => topic)
  return [...byTopic]
    .map(
      ([topic, its]) =>
        `${topic} ${its
          .map(({ partition }) => partition)
          .sort((a, b) => a - b)
          .join(', ')}`,
    )
    .join('; ')
}
