import { ErrorCode } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { SaslAuthenticateRequest, SaslAuthenticateResponse } from '../../protocol/messages/sasl-authenticate.ts'
import { SaslHandshakeRequest, SaslHandshakeResponse } from '../../protocol/messages/sasl-handshake.ts'
import { type Handler, handler } from '../handler.ts'

/** Logins are the gate's: what comes as far as here is none, on a listener that asks for none or in a session that stands. */
export function saslHandlers(): Handler[] {
  return [
    handler(ApiKey.SaslHandshake, SaslHandshakeRequest, SaslHandshakeResponse, () => ({
      errorCode: ErrorCode.ILLEGAL_SASL_STATE,
      mechanisms: [],
    })),
    handler(ApiKey.SaslAuthenticate, SaslAuthenticateRequest, SaslAuthenticateResponse, () => ({
      errorCode: ErrorCode.ILLEGAL_SASL_STATE,
      errorMessage: 'SaslAuthenticate request received after successful authentication',
      authBytes: Buffer.alloc(0),
      sessionLifetimeMs: 0,
    })),
  ]
}
