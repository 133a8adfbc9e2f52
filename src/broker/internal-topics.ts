/** Topics that brokers keep their own state in: clients don't write to them. */
export const INTERNAL_TOPICS: ReadonlySet<string> = new Set([
  '__consumer_offsets',
  '__transaction_state',
  '__share_group_state',
])

/** The client id by which Kafka lets its own tools write to internal topics. */
export const ADMIN_CLIENT_ID = '__admin_client'
