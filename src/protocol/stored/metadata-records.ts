import {
  array,
  bool,
  bytes,
  float64,
  type Infer,
  int8,
  int16,
  int32,
  int64,
  message,
  string,
  struct,
  uint16,
  uuid,
} from '../schema.ts'

/** Type 0. */
export const RegisterBrokerRecord = message(
  'RegisterBrokerRecord',
  { versions: '0-4', flexible: '0+' },
  {
    brokerId: int32(),
    isMigratingZkBroker: bool({ versions: '2+', default: false }),
    incarnationId: uuid(),
    brokerEpoch: int64(),
    endPoints: array(
      struct({
        name: string(),
        host: string(),
        port: uint16(),
        securityProtocol: int16(),
      }),
    ),
    features: array(
      struct({
        name: string(),
        minSupportedVersion: int16(),
        maxSupportedVersion: int16(),
      }),
    ),
    rack: string({ nullable: '0+' }),
    fenced: bool({ default: true }),
    inControlledShutdown: bool({ versions: '1+', default: false }),
    logDirs: array(uuid(), { versions: '3+', tag: 0, tagged: '3+' }),
    cordonedLogDirs: array(uuid(), { versions: '4+', nullable: '4+', default: null, tag: 1, tagged: '4+' }),
  },
)
export type RegisterBrokerRecordData = Infer<typeof RegisterBrokerRecord>

/** Type 1. */
export const UnregisterBrokerRecord = message(
  'UnregisterBrokerRecord',
  { versions: '0', flexible: '0+' },
  {
    brokerId: int32(),
    brokerEpoch: int64(),
  },
)
export type UnregisterBrokerRecordData = Infer<typeof UnregisterBrokerRecord>

/** Type 2. */
export const TopicRecord = message(
  'TopicRecord',
  { versions: '0', flexible: '0+' },
  {
    name: string(),
    topicId: uuid(),
  },
)
export type TopicRecordData = Infer<typeof TopicRecord>

/** Type 3. */
export const PartitionRecord = message(
  'PartitionRecord',
  { versions: '0-2', flexible: '0+' },
  {
    partitionId: int32({ default: -1 }),
    topicId: uuid(),
    replicas: array(int32()),
    isr: array(int32()),
    removingReplicas: array(int32()),
    addingReplicas: array(int32()),
    leader: int32({ default: -1 }),
    leaderRecoveryState: int8({ tag: 0, tagged: '0+' }),
    leaderEpoch: int32({ default: -1 }),
    partitionEpoch: int32({ default: -1 }),
    directories: array(uuid(), { versions: '1+' }),
    eligibleLeaderReplicas: array(int32(), { versions: '2+', nullable: '2+', default: null, tag: 1, tagged: '2+' }),
    lastKnownElr: array(int32(), { versions: '2+', nullable: '2+', default: null, tag: 2, tagged: '2+' }),
  },
)
export type PartitionRecordData = Infer<typeof PartitionRecord>

/** Type 4. */
export const ConfigRecord = message(
  'ConfigRecord',
  { versions: '0', flexible: '0+' },
  {
    resourceType: int8(),
    resourceName: string(),
    name: string(),
    value: string({ nullable: '0+' }),
  },
)
export type ConfigRecordData = Infer<typeof ConfigRecord>

/** Type 5. */
export const PartitionChangeRecord = message(
  'PartitionChangeRecord',
  { versions: '0-2', flexible: '0+' },
  {
    partitionId: int32({ default: -1 }),
    topicId: uuid(),
    isr: array(int32(), { nullable: '0+', default: null, tag: 0, tagged: '0+' }),
    leader: int32({ default: -2, tag: 1, tagged: '0+' }),
    replicas: array(int32(), { nullable: '0+', default: null, tag: 2, tagged: '0+' }),
    removingReplicas: array(int32(), { nullable: '0+', default: null, tag: 3, tagged: '0+' }),
    addingReplicas: array(int32(), { nullable: '0+', default: null, tag: 4, tagged: '0+' }),
    leaderRecoveryState: int8({ default: -1, tag: 5, tagged: '0+' }),
    directories: array(uuid(), { versions: '1+', nullable: '1+', default: null, tag: 8, tagged: '1+' }),
    eligibleLeaderReplicas: array(int32(), { versions: '2+', nullable: '2+', default: null, tag: 6, tagged: '2+' }),
    lastKnownElr: array(int32(), { versions: '2+', nullable: '2+', default: null, tag: 7, tagged: '2+' }),
  },
)
export type PartitionChangeRecordData = Infer<typeof PartitionChangeRecord>

/** Type 7. */
export const FenceBrokerRecord = message(
  'FenceBrokerRecord',
  { versions: '0', flexible: '0+' },
  {
    id: int32(),
    epoch: int64(),
  },
)
export type FenceBrokerRecordData = Infer<typeof FenceBrokerRecord>

/** Type 8. */
export const UnfenceBrokerRecord = message(
  'UnfenceBrokerRecord',
  { versions: '0', flexible: '0+' },
  {
    id: int32(),
    epoch: int64(),
  },
)
export type UnfenceBrokerRecordData = Infer<typeof UnfenceBrokerRecord>

/** Type 9. */
export const RemoveTopicRecord = message(
  'RemoveTopicRecord',
  { versions: '0', flexible: '0+' },
  {
    topicId: uuid(),
  },
)
export type RemoveTopicRecordData = Infer<typeof RemoveTopicRecord>

/** Type 10. */
export const DelegationTokenRecord = message(
  'DelegationTokenRecord',
  { versions: '0', flexible: '0+' },
  {
    owner: string(),
    requester: string(),
    renewers: array(string()),
    issueTimestamp: int64(),
    maxTimestamp: int64(),
    expirationTimestamp: int64(),
    tokenId: string(),
  },
)
export type DelegationTokenRecordData = Infer<typeof DelegationTokenRecord>

/** Type 11. */
export const UserScramCredentialRecord = message(
  'UserScramCredentialRecord',
  { versions: '0', flexible: '0+' },
  {
    name: string(),
    mechanism: int8(),
    salt: bytes(),
    storedKey: bytes(),
    serverKey: bytes(),
    iterations: int32(),
  },
)
export type UserScramCredentialRecordData = Infer<typeof UserScramCredentialRecord>

/** Type 12. */
export const FeatureLevelRecord = message(
  'FeatureLevelRecord',
  { versions: '0', flexible: '0+' },
  {
    name: string(),
    featureLevel: int16(),
  },
)
export type FeatureLevelRecordData = Infer<typeof FeatureLevelRecord>

/** Type 14. */
export const ClientQuotaRecord = message(
  'ClientQuotaRecord',
  { versions: '0', flexible: '0+' },
  {
    entity: array(
      struct({
        entityType: string(),
        entityName: string({ nullable: '0+' }),
      }),
    ),
    key: string(),
    value: float64(),
    remove: bool(),
  },
)
export type ClientQuotaRecordData = Infer<typeof ClientQuotaRecord>

/** Type 15. */
export const ProducerIdsRecord = message(
  'ProducerIdsRecord',
  { versions: '0', flexible: '0+' },
  {
    brokerId: int32(),
    brokerEpoch: int64({ default: -1 }),
    nextProducerId: int64(),
  },
)
export type ProducerIdsRecordData = Infer<typeof ProducerIdsRecord>

/** Type 17. */
export const BrokerRegistrationChangeRecord = message(
  'BrokerRegistrationChangeRecord',
  { versions: '0-3', flexible: '0+' },
  {
    brokerId: int32(),
    brokerEpoch: int64(),
    fenced: int8({ tag: 0, tagged: '0+' }),
    inControlledShutdown: int8({ versions: '1+', tag: 1, tagged: '1+' }),
    logDirs: array(uuid(), { versions: '2+', tag: 2, tagged: '2+' }),
    cordonedLogDirs: array(uuid(), { versions: '3+', nullable: '3+', default: null, tag: 3, tagged: '3+' }),
  },
)
export type BrokerRegistrationChangeRecordData = Infer<typeof BrokerRegistrationChangeRecord>

/** Type 18. */
export const AccessControlEntryRecord = message(
  'AccessControlEntryRecord',
  { versions: '0', flexible: '0+' },
  {
    id: uuid(),
    resourceType: int8(),
    resourceName: string(),
    patternType: int8(),
    principal: string(),
    host: string(),
    operation: int8(),
    permissionType: int8(),
  },
)
export type AccessControlEntryRecordData = Infer<typeof AccessControlEntryRecord>

/** Type 19. */
export const RemoveAccessControlEntryRecord = message(
  'RemoveAccessControlEntryRecord',
  { versions: '0', flexible: '0+' },
  {
    id: uuid(),
  },
)
export type RemoveAccessControlEntryRecordData = Infer<typeof RemoveAccessControlEntryRecord>

/** Type 20. */
export const NoOpRecord = message('NoOpRecord', { versions: '0', flexible: '0+' }, {})
export type NoOpRecordData = Infer<typeof NoOpRecord>

/** Type 21. */
export const ZkMigrationStateRecord = message(
  'ZkMigrationStateRecord',
  { versions: '0', flexible: '0+' },
  {
    zkMigrationState: int8(),
  },
)
export type ZkMigrationStateRecordData = Infer<typeof ZkMigrationStateRecord>

/** Type 22. */
export const RemoveUserScramCredentialRecord = message(
  'RemoveUserScramCredentialRecord',
  { versions: '0', flexible: '0+' },
  {
    name: string(),
    mechanism: int8(),
  },
)
export type RemoveUserScramCredentialRecordData = Infer<typeof RemoveUserScramCredentialRecord>

/** Type 23. */
export const BeginTransactionRecord = message(
  'BeginTransactionRecord',
  { versions: '0', flexible: '0+' },
  {
    name: string({ nullable: '0+', default: null, tag: 0, tagged: '0+' }),
  },
)
export type BeginTransactionRecordData = Infer<typeof BeginTransactionRecord>

/** Type 24. */
export const EndTransactionRecord = message('EndTransactionRecord', { versions: '0', flexible: '0+' }, {})
export type EndTransactionRecordData = Infer<typeof EndTransactionRecord>

/** Type 25. */
export const AbortTransactionRecord = message(
  'AbortTransactionRecord',
  { versions: '0', flexible: '0+' },
  {
    reason: string({ nullable: '0+', default: null, tag: 0, tagged: '0+' }),
  },
)
export type AbortTransactionRecordData = Infer<typeof AbortTransactionRecord>

/** Type 26. */
export const RemoveDelegationTokenRecord = message(
  'RemoveDelegationTokenRecord',
  { versions: '0', flexible: '0+' },
  {
    tokenId: string(),
  },
)
export type RemoveDelegationTokenRecordData = Infer<typeof RemoveDelegationTokenRecord>

/** Type 27. */
export const RegisterControllerRecord = message(
  'RegisterControllerRecord',
  { versions: '0', flexible: '0+' },
  {
    controllerId: int32(),
    incarnationId: uuid(),
    zkMigrationReady: bool(),
    endPoints: array(
      struct({
        name: string(),
        host: string(),
        port: uint16(),
        securityProtocol: int16(),
      }),
    ),
    features: array(
      struct({
        name: string(),
        minSupportedVersion: int16(),
        maxSupportedVersion: int16(),
      }),
    ),
  },
)
export type RegisterControllerRecordData = Infer<typeof RegisterControllerRecord>

/** Type 28. */
export const ClearElrRecord = message(
  'ClearElrRecord',
  { versions: '0', flexible: '0+' },
  {
    topicName: string(),
  },
)
export type ClearElrRecordData = Infer<typeof ClearElrRecord>
