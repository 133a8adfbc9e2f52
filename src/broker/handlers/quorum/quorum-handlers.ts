import type { Handler } from '../../handler.ts'
import { type DescribeQuorumDeps, describeQuorumHandler } from '../describe-quorum.ts'
import { beginQuorumEpochHandler } from './begin-quorum-epoch.ts'
import { endQuorumEpochHandler } from './end-quorum-epoch.ts'
import { fetchMetadataHandler } from './fetch-metadata.ts'
import { fetchSnapshotHandler } from './fetch-snapshot.ts'
import type { QuorumDeps } from './quorum-request.ts'
import { raftVoterHandlers } from './raft-voters.ts'
import { voteHandler } from './vote.ts'

/** What a controller's listener serves for its quorum: `describeQuorumHandler` and `raftVoterHandlers` also stand behind a broker's. */
export function quorumHandlers(deps: QuorumDeps & DescribeQuorumDeps): Handler[] {
  return [
    voteHandler(deps),
    beginQuorumEpochHandler(deps),
    endQuorumEpochHandler(deps),
    fetchMetadataHandler(deps),
    fetchSnapshotHandler(deps),
    describeQuorumHandler(deps),
    ...raftVoterHandlers(deps),
  ]
}
