/** A private key with the certificates that vouch for it. */
export interface KeyEntry {
  readonly alias: string
  /** PKCS#8, not encrypted. @throws StoreError */
  readonly key: () => Buffer
  /** DER; the key's own certificate first. */
  readonly chain: readonly Buffer[]
}

export interface TrustedEntry {
  readonly alias: string
  readonly certificate: Buffer
}

export interface Store {
  readonly keys: readonly KeyEntry[]
  readonly trusted: readonly TrustedEntry[]
}

/** Why a store can't be read; never tells a secret. */
export type StoreTrouble =
  /** No store of this kind, or a damaged one. */
  | 'malformed'
  /** The password opens neither the store nor the key. */
  | 'password'
  | 'key-password'
  /** It uses something that is not known here; `message` says what. */
  | 'unsupported'

export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly trouble: StoreTrouble

  constructor(trouble: StoreTrouble, message: string) {
    super(message)
    this.trouble = trouble
  }
}

export interface StorePasswords {
  /** Undefined: the store's integrity is not checked, and what is encrypted in it can not be read. */
  readonly store: string | undefined
  readonly key: string | undefined
}
