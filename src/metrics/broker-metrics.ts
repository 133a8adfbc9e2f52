import { RequestMetrics } from './request-metrics.ts'
import { BrokerTopicMetrics } from './topic-metrics.ts'

/** Kafka's ReplicaManager. */
export class ReplicaMetrics {
  isrShrinks = 0
  isrExpands = 0
  failedIsrUpdates = 0
  /** Fetches that waited until their time was up. */
  expiredConsumerFetches = 0
  expiredFollowerFetches = 0
  expiredProduces = 0
  waitingFetches = 0
  waitingProduces = 0
}

/** What a controller saw happen, whoever decided it. */
export class ControllerMetrics {
  elections = 0
  uncleanElections = 0
  electionsFromEligible = 0
}

/** Of one listener, for all of its connections. */
export class ListenerMetrics {
  opened = 0
  closed = 0
  expired = 0
  bytesIn = 0
  bytesOut = 0
  requests = 0
  responses = 0
  logins = 0
  failedLogins = 0
  reauthentications = 0
  failedReauthentications = 0
  /** By clients that can't renew a session (KIP-368). */
  loginsWithoutReauthentication = 0
  /** Connections that were closed because they went on after their session's end. */
  expiredSessions = 0
}

/** Decisions of the authorizer, those included that only filter what is shown. */
export class AccessMetrics {
  allowed = 0
  denied = 0
}

/**
 * Everything that a node counts while it works. The objects are held by the code that counts, which does nothing but add to
 * their fields; whoever wants to see them reads the fields.
 */
export class BrokerMetrics {
  readonly topics = new BrokerTopicMetrics()
  readonly requests = new RequestMetrics()
  readonly replicas = new ReplicaMetrics()
  readonly controller = new ControllerMetrics()
  readonly access = new AccessMetrics()
}
