export interface CreatedToken {
  readonly owner: string
  readonly requester: string
  readonly tokenId: string
  readonly hmac: Buffer
  readonly issueTimestampMs: number
  readonly expiryTimestampMs: number
  readonly maxTimestampMs: number
}

/** What the controller can be asked about delegation tokens. Principals are `Type:name`. */
export interface DelegationTokenCommands {
  createDelegationToken: {
    command: {
      readonly owner: string
      readonly requester: string
      readonly renewers: readonly string[]
      /** As asked for; zero or less: as long as the controller allows. */
      readonly maxLifetimeMs: number
    }
    reply: CreatedToken
  }
  /** For `renewPeriodMs` more, zero or less: for the controller's own period. */
  renewDelegationToken: {
    command: { readonly principal: string; readonly hmac: Buffer; readonly renewPeriodMs: number }
    reply: { readonly expiryTimestampMs: number }
  }
  /** After `expiryPeriodMs`; below zero: at once. */
  expireDelegationToken: {
    command: { readonly principal: string; readonly hmac: Buffer; readonly expiryPeriodMs: number }
    reply: { readonly expiryTimestampMs: number }
  }
}
