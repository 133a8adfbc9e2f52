import { useState } from 'react'
import type { Acl, AclOperationName } from '../../../http/console/api.ts'
import { call } from '../../kit/api.ts'
import { Button } from '../../kit/controls.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { CheckField, Segments, SelectField, TextField, useSubmit } from '../../kit/form.tsx'
import { plural } from '../../kit/format.ts'
import { Problem } from '../../kit/states.tsx'
import { toast } from '../../kit/toast.ts'
import { failureOf } from '../outcomes.ts'

/** Which operations mean something for which kind of thing, as Kafka has it. */
const OPERATIONS: Readonly<Record<Acl['resourceType'], readonly AclOperationName[]>> = {
  TOPIC: ['READ', 'WRITE', 'CREATE', 'DELETE', 'ALTER', 'DESCRIBE', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS', 'ALL'],
  GROUP: ['READ', 'DESCRIBE', 'DELETE', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS', 'ALL'],
  CLUSTER: [
    'CREATE',
    'ALTER',
    'DESCRIBE',
    'CLUSTER_ACTION',
    'DESCRIBE_CONFIGS',
    'ALTER_CONFIGS',
    'IDEMPOTENT_WRITE',
    'ALL',
  ],
  TRANSACTIONAL_ID: ['DESCRIBE', 'WRITE', 'TWO_PHASE_COMMIT', 'ALL'],
  DELEGATION_TOKEN: ['DESCRIBE', 'ALL'],
  USER: ['CREATE_TOKENS', 'DESCRIBE_TOKENS', 'ALL'],
}

const RESOURCES = [
  { value: 'TOPIC', title: 'Topic' },
  { value: 'GROUP', title: 'Group' },
  { value: 'TRANSACTIONAL_ID', title: 'Transactional id' },
  { value: 'CLUSTER', title: 'Cluster' },
  { value: 'DELEGATION_TOKEN', title: 'Delegation token' },
  { value: 'USER', title: 'User' },
] as const

const PATTERNS = [
  { value: 'LITERAL', title: 'This name (* is all)' },
  { value: 'PREFIXED', title: 'All that begin so' },
] as const

const PERMISSIONS = [
  { value: 'ALLOW', title: 'May' },
  { value: 'DENY', title: 'May not' },
] as const

interface AddAclProps {
  readonly onChanged: () => Promise<void>
  readonly onClose: () => void
}

export function AddAcl({ onChanged, onClose }: AddAclProps) {
  const [user, setUser] = useState('')
  const [host, setHost] = useState('*')
  const [permission, setPermission] = useState<Acl['permission']>('ALLOW')
  const [resourceType, setResourceType] = useState<Acl['resourceType']>('TOPIC')
  const [name, setName] = useState('')
  const [patternType, setPatternType] = useState<Acl['patternType']>('LITERAL')
  const [operations, setOperations] = useState<ReadonlySet<AclOperationName>>(new Set(['READ']))
  const isCluster = resourceType === 'CLUSTER'
  const chosen = OPERATIONS[resourceType].filter((operation) => operations.has(operation))
  const { busy, error, submit } = useSubmit(async () => {
    const acls = chosen.map(
      (operation): Acl => ({
        resourceType,
        resourceName: isCluster ? 'kafka-cluster' : name,
        patternType: isCluster ? 'LITERAL' : patternType,
        principal: user.includes(':') ? user : `User:${user}`,
        host,
        operation,
        permission,
      }),
    )
    failureOf(await call('POST /api/acls/create', { body: { acls } }))
    toast.good(`${plural(acls.length, 'ACL')} added.`)
    await onChanged()
    onClose()
  })
  const toggle = (operation: AclOperationName, on: boolean) => {
    const next = new Set(operations)
    if (on) next.add(operation)
    else next.delete(operation)
    setOperations(next)
  }
  return (
    <Dialog
      title="Add ACL"
      onClose={onClose}
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            look="primary"
            disabled={busy || user === '' || chosen.length === 0 || (!isCluster && name === '')}
          >
            Add
          </Button>
        </>
      }
    >
      <div className="fields">
        <TextField
          code
          autoFocus
          label="User"
          value={user}
          onChange={setUser}
          placeholder="alice, or * for everybody"
        />
        <TextField code label="From address" value={host} onChange={setHost} hint="* is any." />
      </div>
      <Segments label="Permission" value={permission} choices={PERMISSIONS} onChange={setPermission} />
      <div className="fields">
        <SelectField label="With a" value={resourceType} choices={RESOURCES} onChange={setResourceType} />
        {!isCluster && <TextField code label="Named" value={name} onChange={setName} />}
        {!isCluster && <SelectField label="Meaning" value={patternType} choices={PATTERNS} onChange={setPatternType} />}
      </div>
      <fieldset className="row wrap" aria-label="Operations">
        {OPERATIONS[resourceType].map((operation) => (
          <CheckField
            key={operation}
            label={operation}
            checked={operations.has(operation)}
            onChange={(on) => toggle(operation, on)}
          />
        ))}
      </fieldset>
      <Problem error={error} />
    </Dialog>
  )
}
