import { useState } from 'react'
import type { Refusal, RefusalKind } from '../../../http/console/api.ts'
import { Badge, Card, Command, Facts, PageHead } from '../../kit/controls.tsx'
import { Select } from '../../kit/form.tsx'
import { ago, plural, time } from '../../kit/format.ts'
import { useAnswer } from '../../kit/poll.ts'
import { useQuery } from '../../kit/router.tsx'
import { Answered, Empty } from '../../kit/states.tsx'
import { TableTools } from '../../kit/table.tsx'
import { useSettled } from '../../kit/window.ts'
import { InsightTabs } from './insight-tabs.tsx'

const KINDS: Readonly<Record<RefusalKind, string>> = {
  'unsupported-version': 'Version that is not served',
  'unknown-api': 'Request that is not known',
  'oversized-frame': 'Request that is too large',
  'tls-on-plain': 'TLS where none is spoken',
  'plain-on-tls': 'No TLS where it is spoken',
  'http-on-kafka': 'A browser where Kafka is spoken',
  'tls-handshake': 'TLS handshake failed',
  'login-failed': 'Login failed',
  'login-missing': 'No login',
  'acl-denied': 'Not allowed',
  'too-many-connections': 'Too many connections',
  'unreachable-listener': 'Address that it cannot reach',
  'malformed-request': 'Request that cannot be read',
  'session-expired': 'Session expired',
  'message-too-large': 'Records that are too large',
  throttled: 'Held back by a quota',
  other: 'Something else',
}

const CHOICES = [
  { value: '', title: 'All reasons' },
  ...Object.entries(KINDS).map(([value, title]) => ({ value, title })),
]

/** Why clients were disconnected or refused, in plain words, with what to do about each. */
export function RefusalsPage() {
  const [search, setSearch] = useQuery('search')
  const [kind, setKind] = useQuery('kind')
  const settled = useSettled(search)
  const asked = useAnswer(
    'GET /api/insight/refusals',
    {
      query: {
        limit: 200,
        ...(settled !== '' && { search: settled }),
        ...(kind !== '' && { kind: kind as RefusalKind }),
      },
    },
    { everyMs: 3000, keep: true },
  )
  const { data } = asked
  return (
    <>
      <PageHead
        title="Refused clients"
        below={
          data &&
          `What broker ${data.brokerId} refused since ${time(data.sinceMs).slice(0, 16)}; the console of each broker tells of its own`
        }
      />
      <InsightTabs current="refusals" />
      <TableTools
        search={search}
        onSearch={setSearch}
        placeholder="Client, address, user"
        count={data === undefined ? '' : plural(data.refusals.length, 'reason')}
      >
        <Select aria-label="Reason" value={kind} choices={CHOICES} onChange={setKind} />
      </TableTools>
      <Answered asked={asked}>
        {({ refusals }) =>
          refusals.length === 0 ? (
            <Empty icon="check" title="Nobody was refused">
              When a client is disconnected, denied or sent away, it is told here why, and how to mend it.
            </Empty>
          ) : (
            <div className="stack">
              {refusals.map((refusal) => (
                <RefusalCard key={refusal.id} refusal={refusal} />
              ))}
            </div>
          )
        }
      </Answered>
    </>
  )
}

function RefusalCard({ refusal }: { readonly refusal: Refusal }) {
  const { kind, times, lastMs, firstMs, message, fix, commands, detail, address, listener } = refusal
  const [more, setMore] = useState(false)
  return (
    <Card
      title={
        <span className="row wrap">
          {KINDS[kind]}
          {times > 1 && <Badge title={`The first ${time(firstMs)}`}>{times} times</Badge>}
        </span>
      }
      actions={
        <time className="quiet num" title={time(lastMs)}>
          {ago(lastMs)}
        </time>
      }
    >
      <div className="stack tight">
        <p>{message}</p>
        <p className="soft">{fix}</p>
        {commands.map((command) => (
          <Command key={command} text={command} />
        ))}
        <details open={more} onToggle={(event) => setMore(event.currentTarget.open)}>
          <summary className="quiet">Who, and what the log says</summary>
          <Facts
            facts={[
              ['From', address],
              ['Client', refusal.clientId],
              ['Software', refusal.software],
              ['User', refusal.principal],
              ['Listener', listener],
              ['First', time(firstMs)],
              ['Log', <code key="log">{detail}</code>],
            ]}
          />
        </details>
      </div>
    </Card>
  )
}
