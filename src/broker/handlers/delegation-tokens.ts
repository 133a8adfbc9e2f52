import { ErrorCode, type ErrorName, KafkaError } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  CreateDelegationTokenRequest,
  type CreateDelegationTokenRequestData,
  CreateDelegationTokenResponse,
  type CreateDelegationTokenResponseInput,
} from '../../protocol/messages/create-delegation-token.ts'
import {
  ExpireDelegationTokenRequest,
  ExpireDelegationTokenResponse,
} from '../../protocol/messages/expire-delegation-token.ts'
import {
  RenewDelegationTokenRequest,
  RenewDelegationTokenResponse,
} from '../../protocol/messages/renew-delegation-token.ts'
import { AclOperation, ResourceType } from '../../security/acl.ts'
import type { Access } from '../access.ts'
import { type ControllerPort, orRefusal } from '../admin.ts'
import { type ForwardingDeps, forward } from '../forwarding.ts'
import { type Answer, type Handler, handler, type RequestContext } from '../handler.ts'

/** What is asked before the controller decides: by brokers, and again by the controller. */
export interface TokenAccess {
  readonly access: Access
}

type Expiry = { errorCode: number; expiryTimestampMs: number; throttleTimeMs: number }

/** KIP-48 as a controller serves it: it decides. */
export function controllerTokenHandlers(deps: TokenAccess & { readonly controller: ControllerPort }): Handler[] {
  const { controller } = deps
  return tokenHandlers(deps, {
    create: (request, { connection }) => {
      const { requester, owner } = parties(request, connection.principal)
      const renewers = request.renewers.map(principalText)
      const { maxLifetimeMs } = request
      const created = controller
        .submit({ type: 'createDelegationToken', owner, requester, renewers, maxLifetimeMs })
        .then((token) => creation({ owner, requester }, 'NONE', token))
      return orRefusal<CreateDelegationTokenResponseInput>(created, ({ error }) =>
        creation({ owner, requester }, error, NO_TIMES),
      )
    },
    renew: ({ hmac, renewPeriodMs }, { connection }) =>
      expiry(controller.submit({ type: 'renewDelegationToken', principal: connection.principal, hmac, renewPeriodMs })),
    expire: ({ hmac, expiryTimePeriodMs: expiryPeriodMs }, { connection }) =>
      expiry(
        controller.submit({ type: 'expireDelegationToken', principal: connection.principal, hmac, expiryPeriodMs }),
      ),
  })
}

/** As a broker serves them: what it can refuse itself does not go to the controller. */
export function brokerTokenHandlers(deps: TokenAccess & ForwardingDeps): Handler[] {
  return tokenHandlers(deps, {
    create: (request, context) => {
      const both = parties(request, context.connection.principal)
      if (request.renewers.some(({ principalType }) => principalType !== USER)) {
        return creation(both, 'INVALID_PRINCIPAL_TYPE')
      }
      return orRefusal<Answer<CreateDelegationTokenResponseInput>>(forward(context, deps), ({ error }) =>
        creation(both, error),
      )
    },
    renew: (_request, context) => orRefusal<Answer<Expiry>>(forward(context, deps), ({ error }) => noExpiry(error)),
    expire: (_request, context) => orRefusal<Answer<Expiry>>(forward(context, deps), ({ error }) => noExpiry(error)),
  })
}

type Served<Req, Res> = (request: Req, context: RequestContext) => Answer<Res> | Promise<Answer<Res>>

interface TokenServices {
  readonly create: Served<CreateDelegationTokenRequestData, CreateDelegationTokenResponseInput>
  readonly renew: Served<{ readonly hmac: Buffer; readonly renewPeriodMs: number }, Expiry>
  readonly expire: Served<{ readonly hmac: Buffer; readonly expiryTimePeriodMs: number }, Expiry>
}

function tokenHandlers({ access }: TokenAccess, { create, renew, expire }: TokenServices): Handler[] {
  const guarded =
    <Req>(serve: Served<Req, Expiry>): Served<Req, Expiry> =>
    (request, context) =>
      mayAskForTokens(context) ? serve(request, context) : noExpiry('DELEGATION_TOKEN_REQUEST_NOT_ALLOWED')
  return [
    handler(
      ApiKey.CreateDelegationToken,
      CreateDelegationTokenRequest,
      CreateDelegationTokenResponse,
      (request, context) => {
        const both = parties(request, context.connection.principal)
        if (!mayAskForTokens(context)) return creation(both, 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED')
        // Everybody may ask for a token of their own.
        const isOwn = both.owner === both.requester
        if (!isOwn && !access.may(context, AclOperation.CREATE_TOKENS, ResourceType.USER, both.owner)) {
          return creation(both, 'DELEGATION_TOKEN_AUTHORIZATION_FAILED')
        }
        return create(request, context)
      },
    ),
    handler(ApiKey.RenewDelegationToken, RenewDelegationTokenRequest, RenewDelegationTokenResponse, guarded(renew)),
    handler(ApiKey.ExpireDelegationToken, ExpireDelegationTokenRequest, ExpireDelegationTokenResponse, guarded(expire)),
  ]
}

const USER = 'User'

/**
 * Tokens don't beget tokens, and nobody is given one who can't be known or whose connection can be listened to. What a
 * broker passes on it has looked at itself.
 */
export function mayAskForTokens({ connection }: Pick<RequestContext, 'connection'>): boolean {
  const { securityProtocol, principal, tokenAuthenticated, isForwarded } = connection
  if (tokenAuthenticated) return false
  if (isForwarded === true) return true
  return securityProtocol !== 'PLAINTEXT' && !(securityProtocol === 'SSL' && principal === 'User:ANONYMOUS')
}

interface Parties {
  readonly owner: string
  readonly requester: string
}

function parties(request: CreateDelegationTokenRequestData, requester: string): Parties {
  const { ownerPrincipalType, ownerPrincipalName } = request
  if (ownerPrincipalName === null || ownerPrincipalName === '') return { requester, owner: requester }
  if (ownerPrincipalType === null) throw new KafkaError('UNKNOWN_SERVER_ERROR')
  return { requester, owner: `${ownerPrincipalType}:${ownerPrincipalName}` }
}

function principalText({ principalType, principalName }: { principalType: string; principalName: string }): string {
  return `${principalType}:${principalName}`
}

interface Creation {
  readonly tokenId: string
  readonly hmac: Buffer
  readonly issueTimestampMs: number
  readonly expiryTimestampMs: number
  readonly maxTimestampMs: number
}

const NO_HMAC = Buffer.alloc(0)
/** Of a controller that refuses. */
const NO_TIMES: Creation = {
  tokenId: '',
  hmac: NO_HMAC,
  issueTimestampMs: 0,
  expiryTimestampMs: 0,
  maxTimestampMs: 0,
}
/** Of a request that does not come so far. */
const NO_TOKEN: Creation = { ...NO_TIMES, issueTimestampMs: -1, expiryTimestampMs: -1, maxTimestampMs: -1 }

function creation(
  { owner, requester }: Parties,
  error: ErrorName,
  { tokenId, hmac, issueTimestampMs, expiryTimestampMs, maxTimestampMs }: Creation = NO_TOKEN,
): CreateDelegationTokenResponseInput {
  const [principalType, principalName] = parted(owner)
  const [tokenRequesterPrincipalType, tokenRequesterPrincipalName] = parted(requester)
  return {
    errorCode: ErrorCode[error],
    principalType,
    principalName,
    tokenRequesterPrincipalType,
    tokenRequesterPrincipalName,
    issueTimestampMs,
    expiryTimestampMs,
    maxTimestampMs,
    tokenId,
    hmac,
    throttleTimeMs: 0,
  }
}

export function parted(principal: string): [type: string, name: string] {
  const colon = principal.indexOf(':')
  return [principal.slice(0, colon), principal.slice(colon + 1)]
}

function noExpiry(error: ErrorName, expiryTimestampMs = -1): Expiry {
  return { errorCode: ErrorCode[error], expiryTimestampMs, throttleTimeMs: 0 }
}

function expiry(decided: Promise<{ readonly expiryTimestampMs: number }>): Promise<Expiry> {
  const answered = decided.then(({ expiryTimestampMs }) => noExpiry('NONE', expiryTimestampMs))
  return orRefusal(answered, ({ error }) => noExpiry(error, 0))
}
