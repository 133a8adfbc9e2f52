import { useState } from 'react'
import type { LoginBody, Mechanism, Session } from '../../http/console/api.ts'
import { call, session } from '../kit/api.ts'
import { Button } from '../kit/controls.tsx'
import { AreaField, SelectField, TextField, useSubmit } from '../kit/form.tsx'
import { Mark } from '../kit/icon.tsx'
import { Problem } from '../kit/states.tsx'

const NAMES: Readonly<Record<Mechanism, string>> = {
  PLAIN: 'Name and password (PLAIN)',
  'SCRAM-SHA-256': 'Name and password (SCRAM-SHA-256)',
  'SCRAM-SHA-512': 'Name and password (SCRAM-SHA-512)',
  OAUTHBEARER: 'Token (OAUTHBEARER)',
}

/** The broker is secured: one comes in with what a Kafka client would use, and sees what its ACLs allow. */
export function LoginPage({ known }: { readonly known: Session }) {
  const [mechanism, setMechanism] = useState<Mechanism>(known.mechanisms[0] ?? 'PLAIN')
  const [username, setUsername] = useState('')
  const [secret, setSecret] = useState('')
  const { busy, error, submit } = useSubmit(async () => {
    const body: LoginBody =
      mechanism === 'OAUTHBEARER' ? { mechanism, token: secret.trim() } : { mechanism, username, password: secret }
    session.set(await call('POST /api/login', { body }))
  })
  const choose = (chosen: Mechanism) => {
    setMechanism(chosen)
    setSecret('')
  }
  return (
    <main className="login">
      <title>Log in · Odradek</title>
      <form onSubmit={submit}>
        <Mark className="mark" />
        <h1>Log in to Odradek</h1>
        <p className="soft">With what your Kafka clients use. You can do here what its ACLs allow.</p>
        {known.mechanisms.length > 1 && (
          <SelectField
            label="How"
            value={mechanism}
            onChange={choose}
            choices={known.mechanisms.map((value) => ({ value, title: NAMES[value] }))}
          />
        )}
        {mechanism === 'OAUTHBEARER' ? (
          <AreaField label="Token" value={secret} onChange={setSecret} required />
        ) : (
          <>
            <TextField
              label="Name"
              name="username"
              autoComplete="username"
              autoFocus
              value={username}
              onChange={setUsername}
              required
            />
            <TextField
              label="Password"
              name="password"
              type="password"
              autoComplete="current-password"
              value={secret}
              onChange={setSecret}
              required
            />
          </>
        )}
        <Problem error={error} />
        <Button type="submit" look="primary" disabled={busy}>
          Log in
        </Button>
        <p className="quiet small num">
          Broker {known.brokerId} · cluster {known.clusterId}
        </p>
      </form>
    </main>
  )
}
