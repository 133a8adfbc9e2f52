import type { Clock, Net, NetAddress } from '../io/ports.ts'
import type { Voters } from '../raft/types.ts'

/** Long enough for who listens to accept, or for a host to refuse. */
const PROBE_MS = 500

/** Whether so many voters refuse connections that no controller can be active: nobody is left to be told anything. */
export async function isQuorumGone(voters: Voters, nodeId: number, net: Net, clock: Clock): Promise<boolean> {
  const probes = voters.map(async ({ voterId, endpoints }) => {
    const [endpoint] = endpoints
    return voterId !== nodeId && endpoint !== undefined && (await refuses(endpoint, net, clock))
  })
  const gone = (await Promise.all(probes)).filter(Boolean).length
  return voters.length > 0 && voters.length - gone <= Math.floor(voters.length / 2)
}

/** Silence proves nothing. */
function refuses({ host, port }: NetAddress, net: Net, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port })
    const end = (isRefused: boolean): void => {
      timer.cancel()
      resolve(isRefused)
      socket.destroy()
    }
    const timer = clock.after(PROBE_MS, () => end(false))
    socket.on('connect', () => end(false))
    socket.on('error', (error) => end((error as NodeJS.ErrnoException).code === 'ECONNREFUSED'))
  })
}
