import { ByteReader, ByteWriter } from '../base/bytes.ts'
import { ProtocolError } from '../base/errors.ts'
import type { Infer, Input, Message } from '../protocol/schema.ts'
import * as stored from '../protocol/stored/metadata-records.ts'
import { withDefaults } from './record-defaults.ts'

/**
 * Every record of the metadata log: its type number in the frame, its codec and the version that metadata.version
 * 4.3-IV0 writes. Records that Kafka writes at lower versions for what they hold are given their version by the writer.
 */
const KINDS = {
  RegisterBrokerRecord: { id: 0, codec: stored.RegisterBrokerRecord, latest: 4 },
  UnregisterBrokerRecord: { id: 1, codec: stored.UnregisterBrokerRecord, latest: 0 },
  TopicRecord: { id: 2, codec: stored.TopicRecord, latest: 0 },
  PartitionRecord: { id: 3, codec: stored.PartitionRecord, latest: 2 },
  ConfigRecord: { id: 4, codec: stored.ConfigRecord, latest: 0 },
  PartitionChangeRecord: { id: 5, codec: stored.PartitionChangeRecord, latest: 2 },
  FenceBrokerRecord: { id: 7, codec: stored.FenceBrokerRecord, latest: 0 },
  UnfenceBrokerRecord: { id: 8, codec: stored.UnfenceBrokerRecord, latest: 0 },
  RemoveTopicRecord: { id: 9, codec: stored.RemoveTopicRecord, latest: 0 },
  DelegationTokenRecord: { id: 10, codec: stored.DelegationTokenRecord, latest: 0 },
  UserScramCredentialRecord: { id: 11, codec: stored.UserScramCredentialRecord, latest: 0 },
  FeatureLevelRecord: { id: 12, codec: stored.FeatureLevelRecord, latest: 0 },
  ClientQuotaRecord: { id: 14, codec: stored.ClientQuotaRecord, latest: 0 },
  ProducerIdsRecord: { id: 15, codec: stored.ProducerIdsRecord, latest: 0 },
  BrokerRegistrationChangeRecord: { id: 17, codec: stored.BrokerRegistrationChangeRecord, latest: 3 },
  AccessControlEntryRecord: { id: 18, codec: stored.AccessControlEntryRecord, latest: 0 },
  RemoveAccessControlEntryRecord: { id: 19, codec: stored.RemoveAccessControlEntryRecord, latest: 0 },
  NoOpRecord: { id: 20, codec: stored.NoOpRecord, latest: 0 },
  ZkMigrationStateRecord: { id: 21, codec: stored.ZkMigrationStateRecord, latest: 0 },
  RemoveUserScramCredentialRecord: { id: 22, codec: stored.RemoveUserScramCredentialRecord, latest: 0 },
  BeginTransactionRecord: { id: 23, codec: stored.BeginTransactionRecord, latest: 0 },
  EndTransactionRecord: { id: 24, codec: stored.EndTransactionRecord, latest: 0 },
  AbortTransactionRecord: { id: 25, codec: stored.AbortTransactionRecord, latest: 0 },
  RemoveDelegationTokenRecord: { id: 26, codec: stored.RemoveDelegationTokenRecord, latest: 0 },
  RegisterControllerRecord: { id: 27, codec: stored.RegisterControllerRecord, latest: 0 },
  ClearElrRecord: { id: 28, codec: stored.ClearElrRecord, latest: 0 },
} as const

type Kinds = typeof KINDS
export type MetadataRecordType = keyof Kinds
export type MetadataRecordData<N extends MetadataRecordType> = Infer<Kinds[N]['codec']>
export type MetadataRecordInput<N extends MetadataRecordType> = Input<Kinds[N]['codec']>
export type MetadataRecordOf<N extends MetadataRecordType> = {
  readonly type: N
  readonly version: number
  readonly data: MetadataRecordData<N>
}
/** One record of the metadata log: `{ type: 'TopicRecord', version, data } | …`. */
export type MetadataRecord = { [N in MetadataRecordType]: MetadataRecordOf<N> }[MetadataRecordType]

const FRAME_VERSION = 1
const typesById = new Map<number, MetadataRecordType>(
  Object.entries(KINDS).map(([type, { id }]) => [id, type as MetadataRecordType]),
)

function codecOf(type: MetadataRecordType): Message<unknown, unknown> {
  return KINDS[type].codec as unknown as Message<unknown, unknown>
}

/** The version that is written where the writer has no reason for another. */
export function latestVersion(type: MetadataRecordType): number {
  return KINDS[type].latest
}

/** A record to write; fields left out get their defaults. */
export function metadataRecord<N extends MetadataRecordType>(
  type: N,
  data: MetadataRecordInput<N>,
  version: number = latestVersion(type),
): MetadataRecordOf<N> {
  return { type, version, data: withDefaults(codecOf(type).fields, data) as MetadataRecordData<N> }
}

/** The value of a log record: frame version, type, version, body. Its key is null. */
export function encodeMetadataRecord(record: MetadataRecord): Buffer {
  const writer = new ByteWriter(128)
  writer.uvarint(FRAME_VERSION)
  writer.uvarint(KINDS[record.type].id)
  writer.uvarint(record.version)
  codecOf(record.type).encode(writer, record.data, record.version)
  return writer.toBuffer()
}

/** @throws ProtocolError where the bytes are no metadata record that this version knows */
export function decodeMetadataRecord(value: Buffer): MetadataRecord {
  const reader = new ByteReader(value)
  const frame = reader.uvarint()
  if (frame !== FRAME_VERSION) throw new ProtocolError(`metadata record frame version ${frame}`)
  const id = reader.uvarint()
  const type = typesById.get(id)
  if (type === undefined) throw new ProtocolError(`metadata record type ${id} is unknown`)
  const version = reader.uvarint()
  const data = codecOf(type).decode(reader, version)
  if (reader.remaining > 0) throw new ProtocolError(`${reader.remaining} bytes after a ${type}`)
  return { type, version, data } as MetadataRecord
}
