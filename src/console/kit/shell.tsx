import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { Session } from '../../http/console/api.ts'
import { PLACES } from '../pages/places.ts'
import { call, session, unreachable } from './api.ts'
import { Button } from './controls.tsx'
import { Dialog } from './dialog.tsx'
import { Icon, Mark } from './icon.tsx'
import { keyNames, listenToKeys, shortcuts, useShortcut } from './keyboard.ts'
import { Palette } from './palette.tsx'
import { Link, navigate, usePath } from './router.tsx'
import { useStore } from './store.ts'
import { nextTheme, theme } from './theme.ts'
import { toast } from './toast.ts'
import { Toasts } from './toasts.tsx'

const THEME_ICON = { auto: 'auto', light: 'sun', dark: 'moon' } as const
const THEME_NAME = { auto: 'as the system', light: 'light', dark: 'dark' } as const

/** What is around each page: the ways to the others, who one is, and the keys that work everywhere. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const [menu, setMenu] = useState(false)
  const [open, setOpen] = useState<'palette' | 'keys'>()
  const path = usePath()
  const main = useRef<HTMLElement>(null)
  const isLost = useStore(unreachable)
  useEffect(listenToKeys, [])
  useShortcut('mod+k', 'Go to a page, topic or group', () => setOpen('palette'), 'Everywhere')
  useShortcut('/', 'The same, where there is no list to filter', () => setOpen('palette'), 'Everywhere')
  useShortcut('?', 'This list', () => setOpen('keys'), 'Everywhere')
  useEffect(() => {
    setMenu(false)
    main.current?.scrollTo(0, 0)
  }, [path.split('/').slice(0, 3).join('/')])
  return (
    <div className="shell" data-menu={menu ? 'open' : 'closed'}>
      <div className="top">
        <Button look="plain" icon="menu" aria-label="Menu" aria-expanded={menu} onClick={() => setMenu(true)} />
        <Link className="brand" to="/">
          <Mark /> Odradek
        </Link>
        <Button look="plain" icon="search" aria-label="Go to" onClick={() => setOpen('palette')} />
      </div>
      {menu && <button type="button" className="shade" aria-label="Close the menu" onClick={() => setMenu(false)} />}
      <Side path={path} onFind={() => setOpen('palette')} onKeys={() => setOpen('keys')} />
      <main className="main" ref={main} tabIndex={-1}>
        {isLost && (
          <p className="lost" role="status">
            The broker that serves this console does not answer. What you see is as it was.
          </p>
        )}
        <div className="page">{children}</div>
      </main>
      {PLACES.map(
        ({ path: place, keys, title }) =>
          keys !== undefined && <Key key={place} keys={keys} title={title} path={place} />,
      )}
      {open === 'palette' && <Palette onClose={() => setOpen(undefined)} />}
      {open === 'keys' && <Keys onClose={() => setOpen(undefined)} />}
      <Toasts />
    </div>
  )
}

function Key({ keys, title, path }: { readonly keys: string; readonly title: string; readonly path: string }) {
  useShortcut(keys, title, () => navigate(path), 'Go to')
  return null
}

interface SideProps {
  readonly path: string
  readonly onFind: () => void
  readonly onKeys: () => void
}

function Side({ path, onFind, onKeys }: SideProps) {
  const who = useStore(session)
  const chosen = useStore(theme)
  const groups = [...new Set(PLACES.map(({ group }) => group))]
  return (
    <nav className="side" aria-label="Pages">
      <Link className="brand" to="/">
        <Mark /> Odradek
      </Link>
      <button type="button" className="find" onClick={onFind}>
        <Icon name="search" /> Go to…
        <kbd>{keyNames('mod+k')[0]}</kbd>
      </button>
      {groups.map((group) => (
        <div key={group}>
          {group !== '' && <h2>{group}</h2>}
          {PLACES.filter((place) => place.group === group).map(({ path: place, title, icon, covers = [] }) => {
            const isWithin = path === place || path.startsWith(`${place}/`) || covers.includes(path)
            const isCurrent = place === '/' ? path === '/' : isWithin
            return (
              <Link key={place} className="place" to={place} aria-current={isCurrent ? 'page' : undefined}>
                <Icon name={icon} />
                {title}
              </Link>
            )
          })}
        </div>
      ))}
      <footer>
        <span
          className="who ellipsis"
          title={who && `${who.principal} on broker ${who.brokerId} of cluster ${who.clusterId}`}
        >
          {who?.loginRequired ? who.principal?.replace(/^User:/, '') : who && `${who.version} · broker ${who.brokerId}`}
        </span>
        <Button look="plain" size="small" icon="keyboard" aria-label="Keyboard shortcuts" onClick={onKeys} />
        <Button
          look="plain"
          size="small"
          icon={THEME_ICON[chosen]}
          aria-label={`Colours: ${THEME_NAME[chosen]}`}
          onClick={nextTheme}
        />
        {who?.loginRequired && (
          <Button look="plain" size="small" icon="logout" aria-label="Log out" onClick={() => void logOut(who)} />
        )}
      </footer>
    </nav>
  )
}

async function logOut(who: Session): Promise<void> {
  try {
    await call('POST /api/logout', { body: {} })
    session.set({ ...who, principal: undefined })
  } catch (error) {
    toast.bad(error)
  }
}

function Keys({ onClose }: { readonly onClose: () => void }) {
  const all = shortcuts()
  const groups = ['Everywhere', 'Go to', 'Tables', ...new Set(all.map(({ group }) => group))]
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose} wide>
      {[...new Set(groups)].map((group) => {
        const own = all.filter((shortcut) => shortcut.group === group)
        if (own.length === 0) return null
        return (
          <section key={group} className="stack tight">
            <h3>{group}</h3>
            <ul className="shortcuts">
              {own.map(({ keys, what }) => (
                <li key={keys}>
                  {what}
                  <span>
                    {keyNames(keys).map((key, at) => (
                      <kbd key={at}>{key}</kbd>
                    ))}
                  </span>
                </li>
              ))}
            </ul>
          </section>
        )
      })}
    </Dialog>
  )
}
