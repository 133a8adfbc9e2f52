import { ErrorCode, type KafkaError } from '../../base/errors.ts'
import type { ScramCredentialImage } from '../../metadata/image-types.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  AlterUserScramCredentialsRequest,
  type AlterUserScramCredentialsRequestData,
  AlterUserScramCredentialsResponse,
  type AlterUserScramCredentialsResponseInput,
} from '../../protocol/messages/alter-user-scram-credentials.ts'
import { credentialOf, scramMechanismOfType } from '../../security/sasl/scram-formulas.ts'
import { type ControllerPort, orRefusal } from '../admin.ts'
import { type Handler, handler } from '../handler.ts'

export interface AlterUserScramCredentialsDeps {
  readonly controller: ControllerPort
}

/** KIP-554. Of a salted password only what checks it is kept. */
export function alterUserScramCredentialsHandler({ controller }: AlterUserScramCredentialsDeps): Handler {
  return handler(
    ApiKey.AlterUserScramCredentials,
    AlterUserScramCredentialsRequest,
    AlterUserScramCredentialsResponse,
    (request) => orRefusal(alter(controller, request), (error) => refusal(request, error)),
    (request, code) => refusal(request, { code, detail: null }),
  )
}

async function alter(
  controller: ControllerPort,
  { deletions, upsertions }: AlterUserScramCredentialsRequestData,
): Promise<AlterUserScramCredentialsResponseInput> {
  if (deletions.length === 0 && upsertions.length === 0) return { throttleTimeMs: 0, results: [] }
  const results = await controller.submit({
    type: 'alterUserScramCredentials',
    deletions,
    upsertions: upsertions.map(credential),
  })
  return {
    throttleTimeMs: 0,
    results: results.map(({ user, error, message }) => ({
      user,
      errorCode: ErrorCode[error],
      errorMessage: message,
    })),
  }
}

type Upsertion = AlterUserScramCredentialsRequestData['upsertions'][number]

/** The credential of a mechanism that nobody knows is refused, whatever its keys. */
function credential({ name, mechanism, salt, saltedPassword, iterations }: Upsertion): ScramCredentialImage {
  const facts = scramMechanismOfType(mechanism)
  const none = { salt, storedKey: Buffer.alloc(0), serverKey: Buffer.alloc(0), iterations }
  // The request's buffers are lent.
  const made = facts === undefined ? none : credentialOf(facts, saltedPassword, Buffer.from(salt), iterations)
  return { name, mechanism, ...made }
}

function refusal(
  { deletions, upsertions }: AlterUserScramCredentialsRequestData,
  { code, detail }: Pick<KafkaError, 'code'> & { readonly detail: string | null },
): AlterUserScramCredentialsResponseInput {
  const users = new Set([...deletions, ...upsertions].map(({ name }) => name))
  const results = Array.from(users, (user) => ({ user, errorCode: code, errorMessage: detail }))
  return { throttleTimeMs: 0, results }
}
