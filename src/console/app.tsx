import { Component, type ReactNode, Suspense, useEffect } from 'react'
import { call, session, wordsOf } from './kit/api.ts'
import { Button, PageHead } from './kit/controls.tsx'
import { useAsked } from './kit/poll.ts'
import { Link, match, usePath } from './kit/router.tsx'
import { Shell } from './kit/shell.tsx'
import { Empty, Failure, Loading } from './kit/states.tsx'
import { useStore } from './kit/store.ts'
import { LoginPage } from './pages/login.tsx'
import { ROUTES } from './pages/routes.tsx'

/** Who one is comes first: without it nothing else can be asked. */
export function App() {
  const asked = useAsked((signal) => call('GET /api/session', {}, signal), 'session')
  const known = useStore(session)
  useEffect(() => {
    if (asked.data !== undefined) session.set(asked.data)
  }, [asked.data])
  if (known === undefined)
    return asked.error === undefined ? null : <Failure error={asked.error} retry={asked.refresh} />
  if (known.principal === undefined) return <LoginPage known={known} />
  return (
    // Another principal sees other things: nothing of the former one's stays.
    <Shell key={known.principal}>
      <CurrentPage />
    </Shell>
  )
}

function CurrentPage() {
  const path = usePath()
  for (const { pattern, Page } of ROUTES) {
    const params = match(pattern, path)
    if (params !== undefined) {
      return (
        <Fence key={pattern + JSON.stringify({ ...params, tab: undefined })}>
          <Suspense fallback={<Loading />}>
            <Page params={params} />
          </Suspense>
        </Fence>
      )
    }
  }
  return (
    <>
      <PageHead title="No such page" />
      <Empty icon="search" title="There is nothing at this address" actions={<Link to="/">To the overview</Link>} />
    </>
  )
}

/** A page that broke leaves the rest of the console as it was. */
class Fence extends Component<{ readonly children: ReactNode }, { readonly error?: unknown }> {
  override state: { readonly error?: unknown } = {}

  static getDerivedStateFromError(error: unknown) {
    return { error }
  }

  override render() {
    if (this.state.error === undefined) return this.props.children
    return (
      <Empty
        icon="warning"
        title="This page broke"
        actions={<Button onClick={() => window.location.reload()}>Load it again</Button>}
      >
        <p className="mono">{wordsOf(this.state.error)}</p>
      </Empty>
    )
  }
}
