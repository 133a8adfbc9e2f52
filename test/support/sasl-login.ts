import { ApiKey } from '../../src/protocol/apis.ts'
import { SaslAuthenticateRequest, SaslAuthenticateResponse } from '../../src/protocol/messages/sasl-authenticate.ts'
import { SaslHandshakeRequest, SaslHandshakeResponse } from '../../src/protocol/messages/sasl-handshake.ts'
import type { SaslClient, SaslMechanismName } from '../../src/security/sasl/mechanism.ts'
import { RawClient } from './raw-client.ts'

const HANDSHAKE = { key: ApiKey.SaslHandshake, request: SaslHandshakeRequest, response: SaslHandshakeResponse }
const AUTHENTICATE = {
  key: ApiKey.SaslAuthenticate,
  request: SaslAuthenticateRequest,
  response: SaslAuthenticateResponse,
}

/** A raw client on a SASL listener; undefined: it was not let in. */
export async function loggedIn(
  port: number,
  mechanism: SaslMechanismName,
  sasl: SaslClient,
): Promise<RawClient | undefined> {
  const client = await RawClient.connect(port)
  await client.call(HANDSHAKE, 1, { mechanism })
  for (let token: Buffer | undefined = sasl.first(); token !== undefined; ) {
    const { errorCode, authBytes } = await client.call(AUTHENTICATE, 2, { authBytes: token })
    if (errorCode !== 0) {
      client.socket.destroy()
      return undefined
    }
    token = sasl.next(authBytes)
  }
  return client
}
