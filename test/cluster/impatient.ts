/** Silent nodes are given up after 3 s instead of 9 s, slow replicas after 4 s; a group does not wait for more members. */
export const IMPATIENT = {
  KAFKA_BROKER_SESSION_TIMEOUT_MS: '3000',
  KAFKA_BROKER_HEARTBEAT_INTERVAL_MS: '500',
  KAFKA_REPLICA_LAG_TIME_MAX_MS: '4000',
  KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
}
