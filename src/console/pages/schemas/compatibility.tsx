import { useState } from 'react'
import type { CompatibilityLevel } from '../../../http/console/api.ts'
import { call } from '../../kit/api.ts'
import { Button } from '../../kit/controls.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { SelectField, useSubmit } from '../../kit/form.tsx'
import { Problem } from '../../kit/states.tsx'
import { toast } from '../../kit/toast.ts'

const MEANING: Readonly<Record<CompatibilityLevel, string>> = {
  NONE: 'anything',
  BACKWARD: 'able to read what the version before wrote',
  BACKWARD_TRANSITIVE: 'able to read what all versions wrote',
  FORWARD: 'readable by the version before',
  FORWARD_TRANSITIVE: 'readable by all versions',
  FULL: 'both, with the version before',
  FULL_TRANSITIVE: 'both, with all versions',
}
const LEVELS = Object.entries(MEANING).map(([value, meaning]) => ({ value, title: `${value}: ${meaning}` }))
const INHERITED = { value: '', title: 'As all that have no level of their own' }

interface CompatibilityProps {
  /** Not given: of all that have none of their own. */
  readonly subject?: string
  readonly level: string
  readonly onChanged: () => Promise<void>
  readonly onClose: () => void
}

/** What new versions must be for the registry to take them. */
export function Compatibility({ subject, level, onChanged, onClose }: CompatibilityProps) {
  const [chosen, setChosen] = useState(level)
  const { busy, error, submit } = useSubmit(async () => {
    const next = chosen === '' ? null : (chosen as CompatibilityLevel)
    await call('POST /api/subjects/compatibility', { body: { ...(subject !== undefined && { subject }), level: next } })
    toast.good('The level is set.')
    await onChanged()
    onClose()
  })
  return (
    <Dialog
      title={subject === undefined ? 'Compatibility' : `Compatibility of ${subject}`}
      onClose={onClose}
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={busy || chosen === level}>
            Save
          </Button>
        </>
      }
    >
      <SelectField
        label="New versions must be"
        value={chosen}
        choices={subject === undefined ? LEVELS : [INHERITED, ...LEVELS]}
        onChange={setChosen}
      />
      <Problem error={error} />
    </Dialog>
  )
}
