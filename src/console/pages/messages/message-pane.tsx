import { useState } from 'react'
import type { Bytes, Message } from '../../../http/console/api.ts'
import { addressOf, call } from '../../kit/api.ts'
import { Badge, Button, CopyButton, Facts } from '../../kit/controls.tsx'
import { Select } from '../../kit/form.tsx'
import { ago, bytes, count, time } from '../../kit/format.ts'
import { Icon } from '../../kit/icon.tsx'
import { useShortcut } from '../../kit/keyboard.ts'
import { useAsked } from '../../kit/poll.ts'
import { Failure } from '../../kit/states.tsx'
import { useStore } from '../../kit/store.ts'
import { base64Of, bytesOf } from './data.ts'
import { type Decoded, decode, FORMATS, type Format } from './decode.ts'
import { isJson, prettyText } from './json.ts'
import { JsonText, SafeText } from './safe-text.tsx'
import { schemasKnown } from './schemas.ts'

export interface PaneProps {
  readonly topic: string
  readonly message: Message
  readonly hasRegistry: boolean
  readonly onClose: () => void
  readonly onStep: (by: number) => void
  readonly onReplay: (message: Message) => void
}

/** So much is drawn at first; more where it is asked for. */
const FIRST_CHARACTERS = 60_000
/** A few more than that are drawn without colours, because each word in colour is a part of the page. */
const COLOURED_CHARACTERS = 200_000

const isCut = ({ key, value, headers }: Message): boolean =>
  key?.cut === true || value?.cut === true || headers.some((header) => header.value?.cut)

/** One message, all of it. */
export function MessagePane({ topic, message, hasRegistry, onClose, onStep, onReplay }: PaneProps) {
  const { partition, offset } = message
  const cut = isCut(message)
  const whole = useAsked(
    (signal) => call('GET /api/topics/:topic/message', { topic, query: { partition, offset } }, signal),
    `${topic} ${partition} ${offset}`,
    { enabled: cut },
  )
  useShortcut('Escape', 'Close the message', onClose, 'Messages')
  useStore(schemasKnown)
  const shown = whole.data ?? message
  const isWhole = !cut || whole.data !== undefined
  return (
    <aside className="pane scroll" aria-label={`Message ${offset} of partition ${partition}`}>
      <header>
        <h2 className="num grow">
          Partition {partition}, offset {count(offset)}
        </h2>
        <Button look="plain" size="small" icon="left" aria-label="Message before" onClick={() => onStep(-1)} />
        <Button look="plain" size="small" icon="right" aria-label="Next message" onClick={() => onStep(1)} />
        <Button look="plain" size="small" icon="close" aria-label="Close the message" onClick={onClose} />
      </header>
      <div className="pane-body">
        <Facts
          facts={[
            [
              'Time',
              <span key="time" className="num">
                {time(shown.timestamp)} <span className="quiet">{shown.timestamp >= 0 && ago(shown.timestamp)}</span>
                {shown.timestampType === 'LogAppendTime' && (
                  <Badge title="When the broker appended it">append time</Badge>
                )}
              </span>,
            ],
            [
              'Size',
              <span key="size" className="num">
                {bytes(shown.sizeInBytes)}
              </span>,
            ],
            [
              'Producer',
              shown.producerId < 0 ? undefined : (
                <span key="producer" className="num">
                  {shown.producerId}, epoch {shown.producerEpoch} {shown.isTransactional && <Badge>transaction</Badge>}
                </span>
              ),
            ],
          ]}
        />
        {whole.error !== undefined && <Failure error={whole.error} retry={whole.refresh} />}
        <Part
          name="Value"
          part={shown.value}
          isWhole={isWhole}
          hasRegistry={hasRegistry}
          save={addressOf('GET /api/topics/:topic/message', { topic, query: { partition, offset, part: 'value' } })}
          fileName={`${topic}-${partition}-${offset}.value`}
        />
        <Part
          name="Key"
          part={shown.key}
          isWhole={isWhole}
          hasRegistry={hasRegistry}
          save={addressOf('GET /api/topics/:topic/message', { topic, query: { partition, offset, part: 'key' } })}
          fileName={`${topic}-${partition}-${offset}.key`}
        />
        <Headers message={shown} />
        <div className="row wrap">
          <Button icon="send" disabled={!isWhole} onClick={() => onReplay(shown)}>
            Produce again…
          </Button>
          <span className="row small soft">
            <CopyButton look="normal" label="Copy the message as JSON" text={() => messageJson(shown, hasRegistry)} />{' '}
            as JSON
          </span>
        </div>
      </div>
    </aside>
  )
}

interface PartProps {
  readonly name: 'Key' | 'Value'
  readonly part: Bytes | null
  readonly isWhole: boolean
  readonly hasRegistry: boolean
  readonly save: string
  readonly fileName: string
}

function Part({ name, part, isWhole, hasRegistry, save, fileName }: PartProps) {
  const [format, setFormat] = useState<Format>('auto')
  const decoded = decode(part, format, hasRegistry)
  return (
    <section aria-label={name}>
      <div className="part-head">
        <h3>{name}</h3>
        <span className="quiet small">
          {decoded.kind === 'null' ? (name === 'Value' ? 'null: a tombstone' : 'none') : decoded.name}
          {part !== null && `, ${bytes(part.size)}`}
        </span>
        <span className="grow" />
        {part !== null && part.size > 0 && (
          <>
            <Select
              aria-label={`How to read the ${name.toLowerCase()}`}
              className="input small-select"
              value={format}
              choices={FORMATS}
              onChange={setFormat}
            />
            <CopyButton label={`Copy the ${name.toLowerCase()}`} text={() => copied(decoded, part)} />
            <a
              className="button plain small square"
              href={save}
              download={fileName}
              title={`Save the ${name.toLowerCase()}`}
              aria-label={`Save the ${name.toLowerCase()}`}
            >
              <Icon name="download" />
            </a>
          </>
        )}
      </div>
      {decoded.problem !== undefined && <p className="warn small">{decoded.problem}</p>}
      {decoded.text !== '' && <Body decoded={decoded} key={`${format} ${isWhole}`} />}
      {part?.cut === true && !isWhole && <p className="quiet small">The rest is on its way…</p>}
    </section>
  )
}

function Body({ decoded }: { readonly decoded: Decoded }) {
  const [shown, setShown] = useState(FIRST_CHARACTERS)
  const isLong = decoded.text.length > shown
  const text = isLong ? decoded.text.slice(0, shown) : decoded.text
  const inColours = decoded.kind === 'json' && shown <= COLOURED_CHARACTERS
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it can be longer than its box, and is scrolled by the arrow keys */}
      <pre className={`data ${decoded.kind}`} tabIndex={0} dir="ltr">
        {inColours ? <JsonText text={text} /> : <SafeText text={decoded.kind === 'json' ? prettyText(text) : text} />}
      </pre>
      {isLong && (
        <Button size="small" onClick={() => setShown(shown * 8)}>
          Show more of {count(decoded.text.length)} characters
        </Button>
      )}
    </>
  )
}

/** To the clipboard go the very characters, not what stands for them; of what is no text, base64. */
function copied(decoded: Decoded, part: Bytes): string {
  if (decoded.kind === 'binary') return base64Of(bytesOf(part.base64))
  return decoded.kind === 'json' && isJson(decoded.text) ? prettyText(decoded.text) : decoded.text
}

function Headers({ message }: { readonly message: Message }) {
  if (message.headers.length === 0) return null
  return (
    <section aria-label="Headers">
      <div className="part-head">
        <h3>Headers</h3>
        <span className="quiet small num">{message.headers.length}</span>
      </div>
      <dl className="facts mono">
        {message.headers.map(({ key, value }, at) => (
          <div key={at} style={{ display: 'contents' }}>
            <dt>
              <SafeText text={key} />
            </dt>
            <dd>{value === null ? <span className="quiet">null</span> : <SafeText text={headerText(value)} />}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

function headerText(value: Bytes): string {
  const { kind, text } = decode(value, 'auto', false)
  return (kind === 'binary' ? text.replace(/^\w+ {2}/gm, '') : text) + (value.cut ? '…' : '')
}

/** What it is, for files and the clipboard; bytes that are no text as `base64`. */
export function messageJson(message: Message, hasRegistry: boolean): string {
  const part = (given: Bytes | null): string => {
    if (given === null) return 'null'
    const decoded = decode(given, 'auto', hasRegistry)
    if (decoded.kind === 'json' && !given.cut) return decoded.text
    return decoded.kind === 'binary' ? JSON.stringify({ base64: given.base64 }) : JSON.stringify(decoded.text)
  }
  const headers = message.headers.map(({ key, value }) => `{"key":${JSON.stringify(key)},"value":${part(value)}}`)
  const { partition, offset, timestamp } = message
  return `{"partition":${partition},"offset":${offset},"timestamp":${timestamp},"key":${part(message.key)},"value":${part(message.value)},"headers":[${headers.join(',')}]}`
}
