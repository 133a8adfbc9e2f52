import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { ListGroupsRequest, ListGroupsResponse } from '../../protocol/messages/list-groups.ts'
import { AclOperation, ResourceType } from '../../security/acl.ts'
import type { Access } from '../access.ts'
import { split } from '../authorization.ts'
import type { GroupCoordinator } from '../groups.ts'
import { type Handler, handler } from '../handler.ts'

export interface ListGroupsDeps {
  readonly groups: Pick<GroupCoordinator, 'list'>
  readonly access: Access
}

/** All of them to those who may describe the cluster, to others those that they may describe. */
export function listGroupsHandler({ groups, access }: ListGroupsDeps): Handler {
  return handler(ApiKey.ListGroups, ListGroupsRequest, ListGroupsResponse, async (request, context) => {
    const { DESCRIBE: operation } = AclOperation
    const seesAll = access.mayCluster(context, operation, 'silent')
    try {
      const listed = await groups.list({ states: request.statesFilter, types: request.typesFilter })
      if (seesAll) return { errorCode: ErrorCode.NONE, groups: listed }
      const question = { access, context, operation, resourceType: ResourceType.GROUP, audit: 'silent' } as const
      return { errorCode: ErrorCode.NONE, groups: split(question, listed, ({ groupId }) => groupId).allowed }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return { errorCode: error.code, groups: [] }
    }
  })
}
