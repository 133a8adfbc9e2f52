import { useState } from 'react'
import type { SchemaVersion, Subject } from '../../../http/console/api.ts'
import { call } from '../../kit/api.ts'
import { Badge, Button, Card, CopyButton, Facts, PageHead } from '../../kit/controls.tsx'
import { Confirm } from '../../kit/dialog.tsx'
import { CheckField, Select } from '../../kit/form.tsx'
import { plural } from '../../kit/format.ts'
import { useAnswer } from '../../kit/poll.ts'
import { Link, navigate, type Params, to } from '../../kit/router.tsx'
import { Answered } from '../../kit/states.tsx'
import { toast } from '../../kit/toast.ts'
import { Compatibility } from './compatibility.tsx'
import { differences, pretty } from './difference.ts'
import { RegisterSchema } from './register.tsx'
import '../../style/code.css'

type Open = 'register' | 'compatibility' | 'delete' | SchemaVersion

/** One subject: its versions, and what changed between them. */
export function SubjectPage({ params }: { readonly params: Params }) {
  const subject = params.subject ?? ''
  const asked = useAnswer('GET /api/subject', { query: { subject, deleted: true } })
  const [open, setOpen] = useState<Open>()
  const close = () => setOpen(undefined)
  const { data } = asked
  const newest = data?.versions.at(-1)
  return (
    <>
      <PageHead
        above={{ title: 'Schemas', to: '/schemas' }}
        name={subject}
        title={
          <span className="row">
            {subject} <CopyButton text={subject} label="Copy the name" />
          </span>
        }
        below={data && <Below subject={data} />}
        actions={
          data && (
            <>
              <Button onClick={() => setOpen('compatibility')}>Compatibility</Button>
              <Button icon="plus" look="primary" onClick={() => setOpen('register')}>
                New version
              </Button>
              <Button icon="trash" aria-label="Delete this subject" onClick={() => setOpen('delete')} />
            </>
          )
        }
      />
      <Answered asked={asked}>{(answer) => <Versions subject={answer} onDelete={setOpen} />}</Answered>
      {open === 'register' && (
        <RegisterSchema
          subject={subject}
          {...(newest && { type: newest.type, schema: pretty(newest), references: newest.references })}
          onChanged={asked.refresh}
          onClose={close}
        />
      )}
      {open === 'compatibility' && (
        <Compatibility subject={subject} level={data?.compatibility ?? ''} onChanged={asked.refresh} onClose={close} />
      )}
      {(open === 'delete' || typeof open === 'object') && (
        <Delete
          subject={subject}
          {...(typeof open === 'object' && { version: open })}
          wasDeleted={
            typeof open === 'object' ? open.deleted : (data?.versions.every(({ deleted }) => deleted) ?? false)
          }
          onChanged={asked.refresh}
          onClose={close}
        />
      )}
    </>
  )
}

function Below({ subject: { versions, compatibility, mode } }: { readonly subject: Subject }) {
  return (
    <span className="row wrap">
      <span>{plural(versions.length, 'version')}</span>
      <span className="quiet">·</span>
      <span title="What new versions must be">{compatibility ?? 'compatibility as for all subjects'}</span>
      {mode !== 'READWRITE' && <Badge tone="warn">{mode}</Badge>}
    </span>
  )
}

interface VersionsProps {
  readonly subject: Subject
  readonly onDelete: (version: SchemaVersion) => void
}

function Versions({ subject: { versions }, onDelete }: VersionsProps) {
  const [chosen, setChosen] = useState<string>()
  const [compared, setCompared] = useState(versions.length > 1)
  const at = Math.max(
    0,
    versions.findIndex(({ version }) => String(version) === (chosen ?? String(versions.at(-1)?.version))),
  )
  const version = versions[at]
  if (version === undefined) return null
  const before = versions[at - 1]
  return (
    <Card
      title={
        <Select
          aria-label="Version"
          value={String(version.version)}
          choices={versions.toReversed().map((each) => ({
            value: String(each.version),
            title: `Version ${each.version}${each.deleted ? ' (deleted)' : ''}`,
          }))}
          onChange={setChosen}
        />
      }
      actions={
        <span className="row wrap">
          {before !== undefined && (
            <CheckField label={`Changes since ${before.version}`} checked={compared} onChange={setCompared} />
          )}
          <CopyButton text={version.schema} label="Copy the schema" />
          <Button
            size="small"
            look="plain"
            icon="trash"
            aria-label={`Delete version ${version.version}`}
            onClick={() => onDelete(version)}
          />
        </span>
      }
    >
      <div className="stack">
        <Facts
          facts={[
            ['Id', version.id],
            ['Language', version.type],
            [
              'Refers to',
              version.references.length === 0 ? undefined : (
                <span key="references" className="row wrap">
                  {version.references.map(({ name, subject, version: of }) => (
                    <Link key={name} to={to`/schemas/${subject}`} title={name}>
                      {subject} {of}
                    </Link>
                  ))}
                </span>
              ),
            ],
          ]}
        />
        {before !== undefined && compared ? (
          <Difference older={pretty(before)} newer={pretty(version)} />
        ) : (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it can be wider than the page, and is scrolled by the arrow keys
          <pre className="code-block" tabIndex={0}>
            {pretty(version)}
          </pre>
        )}
      </div>
    </Card>
  )
}

const SIGNS = { same: ' ', added: '+', removed: '-' } as const

function Difference({ older, newer }: { readonly older: string; readonly newer: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it can be wider than the page, and is scrolled by the arrow keys
    <pre className="code-block difference" tabIndex={0}>
      {differences(older, newer).map(({ kind, text }, at) => (
        <span key={at} className={kind}>
          {SIGNS[kind]} {text}
          {'\n'}
        </span>
      ))}
    </pre>
  )
}

interface DeleteProps {
  readonly subject: string
  readonly version?: SchemaVersion
  readonly wasDeleted: boolean
  readonly onChanged: () => Promise<void>
  readonly onClose: () => void
}

function Delete({ subject, version, wasDeleted, onChanged, onClose }: DeleteProps) {
  const what = version === undefined ? subject : `version ${version.version} of ${subject}`
  const run = async () => {
    const body = { subject, ...(version !== undefined && { version: version.version }), permanent: wasDeleted }
    await call('POST /api/subjects/delete', { body })
    toast.good(`${what} was deleted${wasDeleted ? ' for good' : ''}.`)
    if (version === undefined && wasDeleted) navigate('/schemas')
    else await onChanged()
  }
  return (
    <Confirm
      title={`Delete ${what}${wasDeleted ? ' for good' : ''}`}
      action={wasDeleted ? 'Delete for good' : 'Delete'}
      {...(wasDeleted && { typed: subject })}
      run={run}
      onClose={onClose}
    >
      <p>
        {wasDeleted
          ? 'Records that were written by it can no longer be read by its id.'
          : 'Nobody can write by it any more; what was written can still be read. Deleted once more, it is gone for good.'}
      </p>
    </Confirm>
  )
}
