import type { Empty, Outcomes } from './api/common.ts'
import type {
  DeleteGroupsBody,
  DeleteOffsetsBody,
  Group,
  GroupLagSeries,
  GroupsAnswer,
  GroupsQuery,
  RemoveMembersBody,
  ResetOffsetsAnswer,
  ResetOffsetsBody,
} from './api/groups.ts'
import type {
  ConnectionsAnswer,
  ConnectionsQuery,
  IsrAnswer,
  IsrQuery,
  Latencies,
  RefusalsAnswer,
  RefusalsQuery,
} from './api/insight.ts'
import type {
  Histogram,
  HistogramQuery,
  Message,
  MessageQuery,
  MessagesLine,
  MessagesQuery,
  ProduceAnswer,
  ProduceBody,
} from './api/messages.ts'
import type { BrokersAnswer, LogDirsAnswer, Overview, QuorumAnswer, Throughput } from './api/overview.ts'
import type {
  CompatibleAnswer,
  DeleteSchemaBody,
  RegisteredAnswer,
  SchemaBody,
  SchemaById,
  SetCompatibilityBody,
  Subject,
  SubjectMessages,
  SubjectsAnswer,
  SubjectsQuery,
} from './api/schemas.ts'
import type { LoginBody, Session } from './api/session.ts'
import type {
  AclsAnswer,
  AclsBody,
  AclsQuery,
  AlterConfigsBody,
  AlterQuotaBody,
  ConfigResource,
  ConfigResourcesAnswer,
  ConfigsAnswer,
  ConfigsQuery,
  DeleteAclsAnswer,
  DeleteUserBody,
  QuotasAnswer,
  SetUserBody,
  UsersAnswer,
} from './api/settings.ts'
import type {
  AddPartitionsBody,
  CreateTopicAnswer,
  CreateTopicBody,
  DeleteRecordsAnswer,
  DeleteRecordsBody,
  DeleteTopicsBody,
  PartitionMap,
  Topic,
  TopicConsumersAnswer,
  TopicsAnswer,
  TopicsQuery,
} from './api/topics.ts'
import type {
  AbortBody,
  ElectLeadersBody,
  HangingAnswer,
  ProducersAnswer,
  ProducersQuery,
  ReassignBody,
  ReassignmentsAnswer,
  TerminateBody,
  Transaction,
  TransactionsAnswer,
  TransactionsQuery,
} from './api/transactions.ts'

export type * from './api/common.ts'
export type * from './api/groups.ts'
export type * from './api/insight.ts'
export type * from './api/messages.ts'
export type * from './api/overview.ts'
export type * from './api/schemas.ts'
export type * from './api/session.ts'
export type * from './api/settings.ts'
export type * from './api/topics.ts'
export type * from './api/transactions.ts'

/**
 * What a browser asks, by method and path.
 *
 * - GET only reads, and has a `query`: each field one parameter, numbers and booleans (`true`, `false`) as text.
 * - POST has a JSON `body` (`{}` where there is nothing to say), content type `application/json`, from the same origin.
 * - `:topic` in a path is the name of a topic. All other names are parameters or fields, because they may hold anything.
 * - Answers are JSON; of `stream` routes lines of JSON (application/x-ndjson), the first as soon as there is one.
 * - The frame sandbox.html may evaluate code and reaches nothing; all other code may not evaluate any.
 * - Of several things that one request asks for, each has its outcome; where none was done, the answer is the first's error.
 * - Any other status than 200 comes with an `ErrorAnswer`. 401 `LOGIN_REQUIRED`: show the login. 403: an ACL is missing.
 */
export interface Routes {
  'GET /api/session': { readonly answer: Session }
  'POST /api/login': { readonly body: LoginBody; readonly answer: Session }
  'POST /api/logout': { readonly body: Empty; readonly answer: Session }

  'GET /api/overview': { readonly answer: Overview }
  'GET /api/throughput': { readonly answer: Throughput }
  'GET /api/brokers': { readonly answer: BrokersAnswer }
  'GET /api/quorum': { readonly answer: QuorumAnswer }
  'GET /api/log-dirs': { readonly answer: LogDirsAnswer }

  'GET /api/topics': { readonly query: TopicsQuery; readonly answer: TopicsAnswer }
  'GET /api/topics/:topic': { readonly answer: Topic }
  'GET /api/topics/:topic/consumers': { readonly answer: TopicConsumersAnswer }
  'POST /api/topics/create': { readonly body: CreateTopicBody; readonly answer: CreateTopicAnswer }
  'POST /api/topics/add-partitions': { readonly body: AddPartitionsBody; readonly answer: Empty }
  'POST /api/topics/delete': { readonly body: DeleteTopicsBody; readonly answer: Outcomes }
  'POST /api/topics/delete-records': { readonly body: DeleteRecordsBody; readonly answer: DeleteRecordsAnswer }
  'GET /api/partition-map': {
    readonly query: {
      readonly search?: string
      readonly internal?: boolean
      readonly offset?: number
      readonly limit?: number
    }
    readonly answer: PartitionMap
  }

  'GET /api/topics/:topic/messages': { readonly query: MessagesQuery; readonly stream: MessagesLine }
  'GET /api/topics/:topic/message': { readonly query: MessageQuery; readonly answer: Message }
  'GET /api/topics/:topic/histogram': { readonly query: HistogramQuery; readonly answer: Histogram }
  'POST /api/produce': { readonly body: ProduceBody; readonly answer: ProduceAnswer }

  'GET /api/groups': { readonly query: GroupsQuery; readonly answer: GroupsAnswer }
  'GET /api/group': { readonly query: { readonly group: string }; readonly answer: Group }
  'GET /api/group/lag': { readonly query: { readonly group: string }; readonly answer: GroupLagSeries }
  'POST /api/groups/reset-offsets': { readonly body: ResetOffsetsBody; readonly answer: ResetOffsetsAnswer }
  'POST /api/groups/delete-offsets': { readonly body: DeleteOffsetsBody; readonly answer: Outcomes }
  'POST /api/groups/delete': { readonly body: DeleteGroupsBody; readonly answer: Outcomes }
  'POST /api/groups/remove-members': { readonly body: RemoveMembersBody; readonly answer: Outcomes }

  'GET /api/configs': { readonly query: ConfigsQuery; readonly answer: ConfigsAnswer }
  'GET /api/config-resources': {
    readonly query: { readonly type?: ConfigResource }
    readonly answer: ConfigResourcesAnswer
  }
  'POST /api/configs/alter': { readonly body: AlterConfigsBody; readonly answer: Empty }

  'GET /api/acls': { readonly query: AclsQuery; readonly answer: AclsAnswer }
  'POST /api/acls/create': { readonly body: AclsBody; readonly answer: Outcomes }
  'POST /api/acls/delete': { readonly body: AclsBody; readonly answer: DeleteAclsAnswer }
  'GET /api/users': { readonly answer: UsersAnswer }
  'POST /api/users/set': { readonly body: SetUserBody; readonly answer: Empty }
  'POST /api/users/delete': { readonly body: DeleteUserBody; readonly answer: Empty }
  'GET /api/quotas': { readonly answer: QuotasAnswer }
  'POST /api/quotas/alter': { readonly body: AlterQuotaBody; readonly answer: Empty }

  'GET /api/transactions': { readonly query: TransactionsQuery; readonly answer: TransactionsAnswer }
  'GET /api/transaction': { readonly query: { readonly transactionalId: string }; readonly answer: Transaction }
  'GET /api/transactions/hanging': {
    /** Not given: all topics of the brokers' partitions, as far as there are not too many. */
    readonly query: { readonly topic?: string; readonly longerThanMs?: number }
    readonly answer: HangingAnswer
  }
  'POST /api/transactions/abort': { readonly body: AbortBody; readonly answer: Empty }
  'POST /api/transactions/terminate': { readonly body: TerminateBody; readonly answer: Empty }
  'GET /api/producers': { readonly query: ProducersQuery; readonly answer: ProducersAnswer }

  'GET /api/reassignments': { readonly answer: ReassignmentsAnswer }
  'POST /api/reassignments/alter': { readonly body: ReassignBody; readonly answer: Outcomes }
  'POST /api/leaders/elect': { readonly body: ElectLeadersBody; readonly answer: Outcomes }

  'GET /api/subjects': { readonly query: SubjectsQuery; readonly answer: SubjectsAnswer }
  'GET /api/subject': {
    readonly query: { readonly subject: string; readonly deleted?: boolean }
    readonly answer: Subject
  }
  'GET /api/subject/messages': { readonly query: { readonly subject: string }; readonly answer: SubjectMessages }
  'GET /api/schema': { readonly query: { readonly id: number }; readonly answer: SchemaById }
  'POST /api/subjects/register': { readonly body: SchemaBody; readonly answer: RegisteredAnswer }
  'POST /api/subjects/check': { readonly body: SchemaBody; readonly answer: CompatibleAnswer }
  'POST /api/subjects/compatibility': { readonly body: SetCompatibilityBody; readonly answer: Empty }
  'POST /api/subjects/delete': { readonly body: DeleteSchemaBody; readonly answer: Empty }

  'GET /api/insight/isr': { readonly query: IsrQuery; readonly answer: IsrAnswer }
  'GET /api/insight/latencies': { readonly answer: Latencies }
  'GET /api/insight/connections': { readonly query: ConnectionsQuery; readonly answer: ConnectionsAnswer }
  'GET /api/insight/refusals': { readonly query: RefusalsQuery; readonly answer: RefusalsAnswer }
}

export type Route = keyof Routes
