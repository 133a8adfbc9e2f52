import type { Reply, Token } from '../base/machine.ts'
import type { GroupReply } from './commands.ts'
import type { TopicWatch } from './consumer/topics.ts'
import type { GroupCounts } from './counts.ts'
import type { GroupTable } from './group-table.ts'
import type { OffsetStore } from './offsets.ts'
import type { GroupRecord } from './records.ts'
import type { GroupSettings } from './settings.ts'
import type { Timers } from './timers.ts'

/** What one command or timer decides, while it is being decided. */
export class Outcome {
  readonly records: GroupRecord[] = []
  readonly replies: Reply<GroupReply>[] = []

  reply(to: Token, reply: GroupReply): void {
    this.replies.push({ to, reply })
  }
}

/** What every decision of the group machine is made with. */
export interface GroupContext {
  readonly settings: GroupSettings
  readonly groups: GroupTable
  readonly offsets: OffsetStore
  readonly timers: Timers
  readonly topics: TopicWatch
  readonly counts: GroupCounts
  readonly nowMs: number
  readonly outcome: Outcome
}
