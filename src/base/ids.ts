declare const brand: unique symbol
export type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** 16 bytes in Kafka's text form: 22 characters of URL-safe base64 without padding. */
export type Uuid = Brand<string, 'Uuid'>
export type TopicId = Uuid
export type DirectoryId = Uuid
export type BrokerId = Brand<number, 'BrokerId'>
export type GroupId = Brand<string, 'GroupId'>
export type MemberId = Brand<string, 'MemberId'>

export const brokerId = (id: number): BrokerId => id as BrokerId
export const groupId = (id: string): GroupId => id as GroupId
export const memberId = (id: string): MemberId => id as MemberId

export const ZERO_UUID = 'AAAAAAAAAAAAAAAAAAAAAA' as Uuid
/** The topic id of `__cluster_metadata`. */
export const METADATA_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ' as TopicId

/** Reserved directory ids (KIP-858). */
export const MIGRATING_DIRECTORY = 'AAAAAAAAAAAAAAAAAAAAAA' as DirectoryId
export const UNASSIGNED_DIRECTORY = 'AAAAAAAAAAAAAAAAAAAAAQ' as DirectoryId
export const LOST_DIRECTORY = 'AAAAAAAAAAAAAAAAAAAAAg' as DirectoryId

const UUID_TEXT = /^[A-Za-z0-9_-]{21}[AQgw]$/

export function isUuid(text: string): text is Uuid {
  return UUID_TEXT.test(text)
}

/** A person's 22 characters are 132 bits: the last four say nothing, and Kafka takes them whatever they are. */
export function uuidFromText(text: string): Uuid | undefined {
  return /^[\w-]{22}$/.test(text) ? uuidFromBytes(Buffer.from(text, 'base64url')) : undefined
}

/** Kafka's text form of 16 random bytes; the caller draws again where the result is reserved or begins with `-`. */
export function uuidFromBytes(bytes: Uint8Array): Uuid {
  return Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString('base64url') as Uuid
}

export function uuidToBytes(uuid: Uuid): Buffer {
  return Buffer.from(uuid, 'base64url')
}

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** A map key for a partition; topic names never contain `-` followed by the end of a number that is ambiguous here. */
export function topicPartitionKey(topic: string, partition: number): string {
  return `${topic}-${partition}`
}
