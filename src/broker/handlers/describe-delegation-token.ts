import { ErrorCode, type ErrorName } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  DescribeDelegationTokenRequest,
  type DescribeDelegationTokenRequestData,
  DescribeDelegationTokenResponse,
} from '../../protocol/messages/describe-delegation-token.ts'
import { AclOperation, ResourceType } from '../../security/acl.ts'
import type { KnownToken } from '../../security/delegation-tokens.ts'
import type { Access } from '../access.ts'
import { type Handler, handler, type RequestContext } from '../handler.ts'
import { mayAskForTokens, parted } from './delegation-tokens.ts'

export interface DescribeDelegationTokenDeps {
  /** Undefined: this broker has no key. */
  readonly tokens: { all(): readonly KnownToken[] } | undefined
  readonly access: Access
}

/** Tokens with their secrets: of whom they belong to, and of others who may see them. */
export function describeDelegationTokenHandler({ tokens, access }: DescribeDelegationTokenDeps): Handler {
  return handler(
    ApiKey.DescribeDelegationToken,
    DescribeDelegationTokenRequest,
    DescribeDelegationTokenResponse,
    ({ owners }, context) => {
      if (!mayAskForTokens(context)) return described([], 'DELEGATION_TOKEN_REQUEST_NOT_ALLOWED')
      if (tokens === undefined) return described([], 'DELEGATION_TOKEN_AUTH_DISABLED')
      if (owners?.length === 0) return described([])
      const wanted = owners && ownersOf(owners)
      return described(tokens.all().filter(({ token }) => isShown(token, wanted, context, access)))
    },
  )
}

function ownersOf(owners: NonNullable<DescribeDelegationTokenRequestData['owners']>): string[] {
  return owners.map(({ principalType, principalName }) => `${principalType}:${principalName}`)
}

type Token = KnownToken['token']

function isShown(token: Token, wanted: readonly string[] | null, context: RequestContext, access: Access): boolean {
  if (wanted !== null && !wanted.some((owner) => concerns(token, owner))) return false
  if (concerns(token, context.connection.principal)) return true
  return (
    access.may(context, AclOperation.DESCRIBE, ResourceType.DELEGATION_TOKEN, token.tokenId) ||
    access.may(context, AclOperation.DESCRIBE_TOKENS, ResourceType.USER, token.owner)
  )
}

function concerns({ owner, requester, renewers }: Token, principal: string): boolean {
  return owner === principal || requester === principal || renewers.includes(principal)
}

function described(tokens: readonly KnownToken[], error: ErrorName = 'NONE') {
  return { errorCode: ErrorCode[error], tokens: tokens.map(tokenData), throttleTimeMs: 0 }
}

function tokenData({ token, hmac }: KnownToken) {
  const [principalType, principalName] = parted(token.owner)
  const [tokenRequesterPrincipalType, tokenRequesterPrincipalName] = parted(token.requester)
  return {
    principalType,
    principalName,
    tokenRequesterPrincipalType,
    tokenRequesterPrincipalName,
    issueTimestamp: token.issueTimestamp,
    expiryTimestamp: token.expirationTimestamp,
    maxTimestamp: token.maxTimestamp,
    tokenId: token.tokenId,
    hmac,
    renewers: token.renewers.map(parted).map(([type, name]) => ({ principalType: type, principalName: name })),
  }
}
