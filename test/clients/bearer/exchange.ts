import { ByteReader } from '../../../src/base/bytes.ts'
import { ApiKey } from '../../../src/protocol/apis.ts'
import { SaslAuthenticateRequest, SaslAuthenticateResponse } from '../../../src/protocol/messages/sasl-authenticate.ts'
import { SaslHandshakeRequest } from '../../../src/protocol/messages/sasl-handshake.ts'
import { SaslClient } from '../sasl/sasl-client.ts'

const VERSION = 1
/** After the correlation id. */
const HEADER_BYTES = 4

/** Logs in with a first message; everything that the server says until it is over. */
export async function exchange(port: number, message: Buffer): Promise<unknown[]> {
  const client = await SaslClient.open(port)
  try {
    await client.ask(ApiKey.SaslHandshake, 1, SaslHandshakeRequest.toBuffer({ mechanism: 'OAUTHBEARER' }, 1))
    const answers = [await authenticate(client, message)]
    const [first] = answers
    if (typeof first === 'object' && first.said !== '') answers.push(await authenticate(client, Buffer.of(1)))
    return answers
  } finally {
    client.close()
  }
}

async function authenticate(client: SaslClient, authBytes: Buffer) {
  const body = SaslAuthenticateRequest.toBuffer({ authBytes }, VERSION)
  const answer = await client.ask(ApiKey.SaslAuthenticate, VERSION, body, 'seen')
  if (answer === undefined) return 'closed'
  const reader = new ByteReader(answer, HEADER_BYTES)
  const {
    errorCode,
    errorMessage,
    authBytes: said,
    sessionLifetimeMs,
  } = SaslAuthenticateResponse.decode(reader, VERSION)
  // The very millisecond differs; the second does not, where both are asked at once.
  const lifetime = Math.round(sessionLifetimeMs / 100_000)
  return { errorCode, errorMessage, said: said.toString(), lifetime }
}
