import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { PLACES } from '../pages/places.ts'
import { call } from './api.ts'
import { useModal } from './dialog.tsx'
import { Icon, type IconName } from './icon.tsx'
import { navigate, to } from './router.tsx'
import { nextTheme } from './theme.ts'
import { useSettled } from './window.ts'

interface Hit {
  readonly id: string
  readonly title: string
  readonly kind: string
  readonly icon: IconName
  readonly run: () => void
}

const MOST_FOUND = 8

const own: readonly Hit[] = [
  ...PLACES.map(({ title, path, icon }): Hit => ({ id: path, title, kind: 'Page', icon, run: () => navigate(path) })),
  { id: 'new topic', title: 'Create a topic', kind: 'Action', icon: 'plus', run: () => navigate('/topics?create=1') },
  { id: 'theme', title: 'Light, dark or as the system', kind: 'Action', icon: 'moon', run: nextTheme },
]

/** How well a name fits what was typed: letters in order, better together and at beginnings; undefined: not at all. */
export function fit(typed: string, name: string): number | undefined {
  const wanted = typed.toLowerCase()
  const given = name.toLowerCase()
  const whole = given.indexOf(wanted)
  if (whole >= 0) return whole === 0 ? 0 : /[^a-z0-9]/.test(given[whole - 1] ?? '') ? 1 : 2
  let at = -1
  for (const letter of wanted) {
    at = given.indexOf(letter, at + 1)
    if (at < 0) return undefined
  }
  return 3 + given.length / 1000
}

/** Topics and groups of that name, wherever in it. */
async function search(text: string, signal: AbortSignal): Promise<readonly Hit[]> {
  const query = { search: text, limit: MOST_FOUND }
  const [topics, groups] = await Promise.allSettled([
    call('GET /api/topics', { query }, signal),
    call('GET /api/groups', { query }, signal),
  ])
  return [
    ...(topics.status === 'fulfilled' ? topics.value.rows : []).map(({ name }): Hit => {
      return { id: `t ${name}`, title: name, kind: 'Topic', icon: 'topics', run: () => navigate(to`/topics/${name}`) }
    }),
    ...(groups.status === 'fulfilled' ? groups.value.rows : []).map(({ group }): Hit => {
      return {
        id: `g ${group}`,
        title: group,
        kind: 'Group',
        icon: 'groups',
        run: () => navigate(to`/groups/${group}`),
      }
    }),
  ]
}

/** Ctrl K: goes to any page, topic or group by a part of its name. */
export function Palette({ onClose }: { readonly onClose: () => void }) {
  const dialog = useModal()
  const list = useRef<HTMLDivElement>(null)
  const [typed, setTyped] = useState('')
  const [chosen, setChosen] = useState(0)
  const [found, setFound] = useState<readonly Hit[]>([])
  const settled = useSettled(typed, 120)
  useEffect(() => {
    const abort = new AbortController()
    if (settled.trim() === '') setFound([])
    else
      search(settled.trim(), abort.signal).then(
        (hits) => abort.signal.aborted || setFound(hits),
        () => {},
      )
    return () => abort.abort()
  }, [settled])
  const hits = useMemo(() => {
    const wanted = typed.trim()
    return [...own, ...found]
      .map((hit) => ({ hit, rank: wanted === '' ? 0 : fit(wanted, hit.title) }))
      .filter(({ rank }) => rank !== undefined)
      .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
      .map(({ hit }) => hit)
  }, [typed, found])

  const choose = (at: number) => {
    setChosen(at)
    list.current?.children[at]?.scrollIntoView({ block: 'nearest' })
  }
  const run = (hit: Hit | undefined) => {
    if (hit === undefined) return
    onClose()
    hit.run()
  }
  const press = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (by !== 0) choose((chosen + by + hits.length) % Math.max(1, hits.length))
    else if (event.key === 'Enter') run(hits[chosen])
    else return
    event.preventDefault()
  }
  return (
    <dialog
      ref={dialog}
      className="dialog palette"
      aria-label="Go to"
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onMouseDown={(event) => {
        if (event.target === event.currentTarget) onClose()
      }}
    >
      <div className="inner">
        <input
          role="combobox"
          aria-label="Page, topic or group"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={hits[chosen] && `palette-${chosen}`}
          placeholder="Go to a page, topic or group"
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value)
            setChosen(0)
          }}
          onKeyDown={press}
        />
        <div ref={list} id="palette-list" role="listbox" aria-label="Found">
          {hits.map((hit, at) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus and the keys
            // biome-ignore lint/a11y/useFocusableInteractive: the same
            <div
              key={hit.id}
              id={`palette-${at}`}
              role="option"
              aria-selected={at === chosen}
              onPointerMove={() => setChosen(at)}
              onClick={() => run(hit)}
            >
              <Icon name={hit.icon} />
              <span className="ellipsis">{hit.title}</span>
              <span className="kind">{hit.kind}</span>
            </div>
          ))}
        </div>
        {hits.length === 0 && <p className="nothing">Nothing has such a name.</p>}
      </div>
    </dialog>
  )
}
