import { ByteReader } from '../base/bytes.ts'
import { ErrorCode, KafkaError, ProtocolError } from '../base/errors.ts'
import type { Logger } from '../io/ports.ts'
import { type Api, ApiKey, requestHeaderVersion, responseHeaderVersion } from '../protocol/apis.ts'
import type { EnvelopeResponseData } from '../protocol/messages/envelope.ts'
import { RequestHeader, ResponseHeader } from '../protocol/messages/headers.ts'
import type { ControllerRequests } from '../runtime/controller-types.ts'
import { PeerError } from '../runtime/peer-types.ts'
import { type Answer, CLOSE_CONNECTION, type Handler, RawAnswer, type RequestContext } from './handler.ts'
import { addressBytes } from './ip-address.ts'
import { encodePrincipal } from './principal.ts'

/** What brokers pass on to the active controller for their clients. */
export const FORWARDABLE: ReadonlySet<number> = new Set<number>([
  ApiKey.CreateTopics,
  ApiKey.DeleteTopics,
  ApiKey.CreatePartitions,
  ApiKey.CreateAcls,
  ApiKey.DeleteAcls,
  ApiKey.AlterConfigs,
  ApiKey.IncrementalAlterConfigs,
  ApiKey.CreateDelegationToken,
  ApiKey.RenewDelegationToken,
  ApiKey.ExpireDelegationToken,
  ApiKey.ElectLeaders,
  ApiKey.AlterPartitionReassignments,
  ApiKey.ListPartitionReassignments,
  ApiKey.AlterClientQuotas,
  ApiKey.AlterUserScramCredentials,
  ApiKey.DescribeQuorum,
  ApiKey.UpdateFeatures,
  ApiKey.UnregisterBroker,
  ApiKey.AllocateProducerIds,
  ApiKey.AddRaftVoter,
  ApiKey.RemoveRaftVoter,
])

/** How long Kafka's brokers look for a controller that answers. */
const FORWARD_TIMEOUT_MS = 60_000

export interface ForwardingDeps {
  readonly channel: ControllerRequests
  readonly logger: Logger
}

/**
 * The API as a broker serves it: the request as it came goes to the active controller (KIP-590), which may be this node, and
 * its answer comes back as it is. `refusing` is the API with a controller that refuses everything: it knows how to say so.
 */
export function forwarded(api: Api, deps: ForwardingDeps, refusing?: (error: KafkaError) => Handler): Handler {
  return {
    api,
    handle: async (request, context) => {
      try {
        return await forward(context, deps)
      } catch (error) {
        if (error instanceof KafkaError && refusing !== undefined) return refusing(error).handle(request, context)
        throw error
      }
    },
  }
}

/** What is left of a request after this broker has dealt with a part of it; gives the answer's value, or closes. */
export async function forwardRest<Res>(
  request: unknown,
  context: RequestContext,
  deps: ForwardingDeps,
): Promise<Res | typeof CLOSE_CONNECTION> {
  const { api, apiVersion, correlationId, clientId } = context
  const header = { requestApiKey: api.key, requestApiVersion: apiVersion, correlationId, clientId }
  const frame = Buffer.concat([
    RequestHeader.toBuffer(header, requestHeaderVersion(api, apiVersion)),
    api.request.toBuffer(request, apiVersion),
  ])
  const answer = await forward({ ...contextOf(context), frame }, deps)
  if (!(answer instanceof RawAnswer)) return CLOSE_CONNECTION
  const reader = new ByteReader(answer.bytes)
  ResponseHeader.decode(reader, responseHeaderVersion(api, apiVersion))
  return api.response.decode(reader, apiVersion) as Res
}

function contextOf({ api, connection }: RequestContext): Pick<RequestContext, 'api' | 'connection'> {
  return { api, connection }
}

/** The request as it came. */
export async function forward(
  context: Pick<RequestContext, 'api' | 'connection' | 'frame'>,
  { channel, logger }: ForwardingDeps,
): Promise<Answer<never>> {
  const { frame, api, connection } = context
  if (frame === undefined) throw new Error(`a ${api.name} request without its bytes can't be forwarded`)
  const envelope = {
    requestData: frame,
    requestPrincipal: encodePrincipal(connection),
    clientHostAddress: addressBytes(connection.peerAddress),
  }
  const call = { api: ApiKey.Envelope, body: envelope, timeoutMs: FORWARD_TIMEOUT_MS } as const
  const answer = await ask(channel, call)
  if (answer.errorCode === ErrorCode.UNSUPPORTED_VERSION) return CLOSE_CONNECTION
  if (answer.errorCode !== 0 || answer.responseData === null) {
    logger.warn({ api: api.name, errorCode: answer.errorCode }, 'the controller refused a forwarded request')
    throw new KafkaError('UNKNOWN_SERVER_ERROR')
  }
  return new RawAnswer(answer.responseData)
}

async function ask(
  channel: ControllerRequests,
  call: Parameters<typeof channel.request<typeof ApiKey.Envelope>>[0],
): Promise<EnvelopeResponseData> {
  try {
    return await channel.request(call)
  } catch (error) {
    if (error instanceof PeerError || error instanceof ProtocolError) throw new KafkaError('UNKNOWN_SERVER_ERROR')
    throw error
  }
}
