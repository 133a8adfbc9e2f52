import { Button, Dot } from '../../kit/controls.tsx'
import { bytes, count, plural } from '../../kit/format.ts'
import type { Reading } from './reader.ts'

export interface ReadingBarProps {
  readonly reading: Reading
  readonly isTail: boolean
  readonly isFiltered: boolean
  readonly onStop: () => void
  readonly onGoOn: () => void
  readonly onSave: () => void
}

/** How far the reading is, and what can be done with it. */
export function ReadingBar({ reading, isTail, isFiltered, onStop, onGoOn, onSave }: ReadingBarProps) {
  const { state, messages, scanned, bytes: size, more } = reading
  const isRunning = state === 'reading' || state === 'live'
  return (
    <div className="reading-bar">
      <span className="row num" role="status">
        {state === 'reading' && <span className="spinner" aria-hidden="true" />}
        {isTail && <Dot tone={state === 'live' ? 'good' : 'neutral'} />}
        {isTail && (state === 'live' ? 'Live' : state === 'paused' ? 'Paused' : 'Ended')}
        <span className="soft">
          {isFiltered
            ? `${count(messages.length)} of ${plural(scanned, 'message')} match`
            : plural(messages.length, 'message')}
        </span>
        {size > 0 && <span className="quiet">{bytes(size)} read</span>}
      </span>
      <span className="grow" />
      {isTail && (
        <Button size="small" icon={isRunning ? 'pause' : 'play'} onClick={isRunning ? onStop : onGoOn}>
          {isRunning ? 'Pause' : 'Go on'}
        </Button>
      )}
      {!isTail && state === 'reading' && (
        <Button size="small" onClick={onStop}>
          Stop
        </Button>
      )}
      {!isTail && !isRunning && more && isFiltered && (
        <Button size="small" onClick={onGoOn}>
          Look through more
        </Button>
      )}
      {messages.length > 0 && (
        <Button size="small" icon="download" onClick={onSave}>
          Save
        </Button>
      )}
    </div>
  )
}
