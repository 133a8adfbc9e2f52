import { useCallback, useEffect, useMemo, useState } from 'react'
import type { Message, MessagesQuery, Topic } from '../../../http/console/api.ts'
import { session } from '../../kit/api.ts'
import { count } from '../../kit/format.ts'
import { useShortcut } from '../../kit/keyboard.ts'
import { useQuery } from '../../kit/router.tsx'
import { Empty, Failure, Loading, Notice } from '../../kit/states.tsx'
import { useStore } from '../../kit/store.ts'
import type { ProduceStart } from '../produce/produce.tsx'
import { startOf } from '../produce/start.ts'
import { Choose, type Chosen, FROMS, type From } from './choose.tsx'
import { FilterError } from './filter.ts'
import { MessageHistogram } from './message-histogram.tsx'
import { MessagePane, messageJson } from './message-pane.tsx'
import { MessageTable } from './message-table.tsx'
import { MessageReader, type Wanted } from './reader.ts'
import { ReadingBar } from './reading-bar.tsx'
import { parsedTime, writtenTime } from './times.ts'
import '../../style/messages.css'

/** A filter looks through so many at a time; there is a button to go on. */
const FILTER_LIMIT = 100_000
const LIVE_MOST = 2000

export interface MessagesTabProps {
  readonly topic: Topic
  readonly onReplay: (start: ProduceStart) => void
}

/** What is chosen stands in the address, so that a find can be sent to somebody. */
function useChosen(): readonly [Chosen, (change: Partial<Chosen>) => void] {
  const [from, setFrom] = useQuery('from')
  const [at, setAt] = useQuery('at')
  const [until, setUntil] = useQuery('until')
  const [partitions, setPartitions] = useQuery('partitions')
  const [limit, setLimit] = useQuery('limit')
  const [filter, setFilter] = useQuery('filter')
  const [uncommitted, setUncommitted] = useQuery('uncommitted')
  const chosen: Chosen = {
    from: FROMS.find(({ value }) => value === from)?.value ?? 'last',
    at,
    until,
    partitions,
    limit: limit === '' ? '100' : limit,
    filter,
    uncommitted: uncommitted !== '',
  }
  const change = (next: Partial<Chosen>) => {
    if (next.from !== undefined) setFrom(next.from === 'last' ? '' : next.from)
    if (next.at !== undefined) setAt(next.at)
    if (next.until !== undefined) setUntil(next.until)
    if (next.partitions !== undefined) setPartitions(next.partitions)
    if (next.limit !== undefined) setLimit(next.limit === '100' ? '' : next.limit)
    if (next.filter !== undefined) setFilter(next.filter)
    if (next.uncommitted !== undefined) setUncommitted(next.uncommitted ? '1' : '')
  }
  return [chosen, change]
}

const QUERY_FROM: Readonly<Record<From, MessagesQuery['from']>> = {
  last: 'last',
  beginning: 'beginning',
  offset: 'offset',
  time: 'timestamp',
  live: 'end',
}

/** Undefined: something is missing that must be said. */
function queryOf(chosen: Chosen): MessagesQuery | undefined {
  const { from, at, until, partitions, limit, filter, uncommitted } = chosen
  const offset = /^\d+$/.test(at) ? Number(at) : undefined
  const timestamp = parsedTime(at)
  if ((from === 'offset' && offset === undefined) || (from === 'time' && timestamp === undefined)) return undefined
  const wanted = Number(limit) || 100
  return {
    from: QUERY_FROM[from],
    ...(from === 'offset' && { offset }),
    ...(from === 'time' && { timestamp }),
    ...(until !== '' && from === 'time' && { until: parsedTime(until) }),
    ...(partitions !== '' && { partitions }),
    ...(from === 'live' ? { tail: true } : { limit: filter.trim() === '' ? wanted : FILTER_LIMIT }),
    ...(uncommitted && { uncommitted }),
  }
}

/** What is in a topic. */
export function MessagesTab({ topic, onReplay }: MessagesTabProps) {
  const [chosen, change] = useChosen()
  const [again, setAgain] = useState(0)
  const hasRegistry = useStore(session)?.schemaRegistry ?? false
  const query = queryOf(chosen)
  const wanted: Wanted | undefined = query && {
    topic: topic.name,
    query,
    filter: chosen.filter,
    most: chosen.from === 'live' ? LIVE_MOST : Number(chosen.limit) || 100,
    hasRegistry,
  }
  const refresh = useCallback(() => setAgain((times) => times + 1), [])
  useShortcut('r', 'Read again', refresh, 'Messages')
  const key = JSON.stringify([wanted, again])
  return (
    <>
      <Choose chosen={chosen} onChange={change} partitions={topic.partitions.length} onRefresh={refresh} />
      <MessageHistogram
        topic={topic.name}
        chosen={chosen}
        again={again}
        onChoose={(fromMs, untilMs) => change({ from: 'time', at: writtenTime(fromMs), until: writtenTime(untilMs) })}
      />
      {wanted === undefined ? (
        <div className="card">
          <Empty icon="clock" title={chosen.from === 'offset' ? 'From which offset?' : 'From which time?'} />
        </div>
      ) : (
        <Read
          key={key}
          wanted={wanted}
          newestFirst={chosen.from === 'last' || chosen.from === 'live'}
          onReplay={onReplay}
        />
      )}
    </>
  )
}

interface ReadProps {
  readonly wanted: Wanted
  readonly newestFirst: boolean
  readonly onReplay: (start: ProduceStart) => void
}

const idOf = ({ partition, offset }: Message): string => `${partition}:${offset}`

/** One reading from its beginning to its end. */
function Read({ wanted, newestFirst, onReplay }: ReadProps) {
  const reader = useMemo(() => new MessageReader(wanted), [])
  const [started, setStarted] = useState<MessageReader>()
  useEffect(() => {
    // A reader that was closed is not opened again, and React in development runs this twice: each time has its own.
    const own = new MessageReader(wanted)
    setStarted(own)
    own.start()
    return () => own.close()
  }, [])
  const current = started ?? reader
  const reading = useStore(current.reading)
  const [openId, setOpenId] = useState<string>()
  const ordered = useMemo(() => inOrder(reading.messages, newestFirst), [reading.messages, newestFirst])
  const at = ordered.findIndex((message) => idOf(message) === openId)
  const open = ordered[at]
  const step = (by: number) => {
    const next = ordered[Math.min(ordered.length - 1, Math.max(0, at + by))]
    if (next !== undefined) setOpenId(idOf(next))
  }
  useShortcut(
    ' ',
    'Pause or go on with what is live',
    () => {
      if (reading.state === 'live') current.stop()
      else if (reading.state === 'paused') current.goOn()
    },
    'Messages',
  )
  return (
    <>
      <ReadingBar
        reading={reading}
        isTail={wanted.query.tail === true}
        isFiltered={wanted.filter.trim() !== ''}
        onStop={() => current.stop()}
        onGoOn={() => current.goOn()}
        onSave={() =>
          save(
            `${wanted.topic}.ndjson`,
            ordered.map((message) => messageJson(message, wanted.hasRegistry)),
          )
        }
      />
      {reading.problem !== undefined && (
        <Notice tone="warn">
          <p>
            The filter failed for {count(reading.failed)} of the messages, which are left out:{' '}
            <code>{reading.problem}</code>
          </p>
        </Notice>
      )}
      <div className={`reading ${open === undefined ? '' : 'with-pane'}`}>
        <div className="list">
          {reading.state === 'failed' && ordered.length === 0 ? (
            <div className="card">
              {reading.error instanceof FilterError ? (
                <Failure error={reading.error} title="The filter does not work" />
              ) : (
                <Failure error={reading.error} retry={() => current.goOn()} />
              )}
            </div>
          ) : ordered.length === 0 && reading.state === 'reading' ? (
            <Loading lines={8} />
          ) : ordered.length === 0 ? (
            <Nothing state={reading.state} isFiltered={wanted.filter.trim() !== ''} />
          ) : (
            <MessageTable
              messages={ordered}
              openId={openId}
              hasRegistry={wanted.hasRegistry}
              onOpen={(message) => setOpenId(idOf(message))}
              onMove={(message) => openId !== undefined && setOpenId(idOf(message))}
            />
          )}
        </div>
        {open !== undefined && (
          <MessagePane
            key={idOf(open)}
            topic={wanted.topic}
            message={open}
            hasRegistry={wanted.hasRegistry}
            onClose={() => setOpenId(undefined)}
            onStep={step}
            onReplay={(message) => onReplay(startOf(message))}
          />
        )}
      </div>
    </>
  )
}

function inOrder(messages: readonly Message[], newestFirst: boolean): readonly Message[] {
  const sign = newestFirst ? -1 : 1
  return messages
    .slice()
    .sort((a, b) => sign * (a.timestamp - b.timestamp || a.offset - b.offset || a.partition - b.partition))
}

function Nothing({ state, isFiltered }: { readonly state: string; readonly isFiltered: boolean }) {
  if (state === 'live') {
    return (
      <div className="card">
        <Empty icon="clock" title="Waiting for messages">
          What is produced from now on appears here.
        </Empty>
      </div>
    )
  }
  return (
    <div className="card">
      {isFiltered ? (
        <Empty icon="search" title="No message matches" />
      ) : (
        <Empty title="Nothing is here">No record lies between there and the end.</Empty>
      )}
    </div>
  )
}

/** A file of lines, made in the browser. */
function save(name: string, lines: readonly string[]): void {
  const url = URL.createObjectURL(
    new Blob([lines.map((line) => `${line}\n`).join('')], { type: 'application/x-ndjson' }),
  )
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
