import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ErrorCode, KafkaError } from '../../src/base/errors.ts'
import { OPEN_ACCESS } from '../../src/broker/access.ts'
import { Dispatcher } from '../../src/broker/dispatch.ts'
import { forwarded } from '../../src/broker/forwarding.ts'
import { type Handler, handler } from '../../src/broker/handler.ts'
import { createTopicsHandler } from '../../src/broker/handlers/create-topics.ts'
import { envelopeHandler } from '../../src/broker/handlers/envelope.ts'
import { addressBytes, addressText } from '../../src/broker/ip-address.ts'
import { answerLocally } from '../../src/broker/local-dispatch.ts'
import { decodePrincipal, encodePrincipal } from '../../src/broker/principal.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { type Api, ApiKey, apiOf } from '../../src/protocol/apis.ts'
import type { ConnectionInfo, ReplySlot } from '../../src/protocol/frame-handler.ts'
import { CreateTopicsRequest, CreateTopicsResponse } from '../../src/protocol/messages/create-topics.ts'
import { EnvelopeRequest, type EnvelopeResponse } from '../../src/protocol/messages/envelope.ts'
import { HeartbeatRequest, HeartbeatResponse } from '../../src/protocol/messages/heartbeat.ts'
import { decodeAnswer, encodeRequest } from '../../src/protocol/request-frame.ts'
import type { ControllerRequests } from '../../src/runtime/controller-types.ts'
import { PeerError } from '../../src/runtime/peer-types.ts'

const CLIENT: ConnectionInfo = {
  id: 'c',
  listenerName: 'PLAINTEXT',
  securityProtocol: 'PLAINTEXT',
  peerAddress: '10.1.2.3',
  peerPort: 1,
  localAddress: '10.0.0.1',
  localPort: 2,
  principal: 'User:alice',
  tokenAuthenticated: false,
  clientSoftwareName: 'x',
  clientSoftwareVersion: '1',
}
const BROKER: ConnectionInfo = { ...CLIENT, listenerName: 'CONTROLLER', peerAddress: '10.9.9.9', principal: 'User:b' }
const TOPIC = { name: 't', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
const CORRELATION = 4711
const DIRECTORY = 'dLUgqPLaSQCMtLkVNRbf7g'

const createTopicsApi = apiOf(ApiKey.CreateTopics) as Api

function requestOf(version = 7): Buffer {
  const body = { topics: [TOPIC], timeoutMs: 1, validateOnly: false }
  const meta = { version, correlationId: CORRELATION, clientId: 'client' }
  return Buffer.concat(encodeRequest(createTopicsApi, meta, body)).subarray(4)
}

function controllerOf(answer: (connection: ConnectionInfo) => number): Dispatcher {
  const handlers: Handler[] = [
    handler(ApiKey.CreateTopics, CreateTopicsRequest, CreateTopicsResponse, ({ topics }, { connection }) => ({
      throttleTimeMs: 0,
      topics: topics.map(({ name }) => ({ name, errorCode: answer(connection), errorMessage: null })),
    })),
    handler(ApiKey.Heartbeat, HeartbeatRequest, HeartbeatResponse, () => ({ throttleTimeMs: 0, errorCode: 0 })),
    envelopeHandler({ answer: (frame, connection) => answerLocally(controller, frame, connection) }),
  ]
  const controller: Dispatcher = new Dispatcher({ handlers, logger: silentLogger, onFatal: () => {} })
  return controller
}

/** A broker whose channel leads to this controller by bytes. */
function brokerOf(controller: Dispatcher, channel: ControllerRequests = channelTo(controller)): Dispatcher {
  const refusing = (error: KafkaError) =>
    createTopicsHandler({ controller: { submit: () => Promise.reject(error) }, access: OPEN_ACCESS })
  const ends = [ApiKey.DescribeQuorum, ApiKey.ListPartitionReassignments, ApiKey.AddRaftVoter, ApiKey.RemoveRaftVoter]
  const deps = { channel, logger: silentLogger }
  const handlers = [
    forwarded(createTopicsApi, deps, refusing),
    ...ends.map((key) => forwarded(apiOf(key) as Api, deps)),
  ]
  return new Dispatcher({ handlers, logger: silentLogger, onFatal: () => {} })
}

function channelTo(controller: Dispatcher): ControllerRequests {
  const request = async ({ body }: { body: unknown }) => {
    return askEnvelope(controller, body as Parameters<typeof askEnvelope>[1])
  }
  return { request } as unknown as ControllerRequests
}

async function askEnvelope(
  controller: Dispatcher,
  body: { requestData: Buffer; requestPrincipal: Buffer | null; clientHostAddress: Buffer },
) {
  const api = apiOf(ApiKey.Envelope) as Api
  const frame = Buffer.concat(encodeRequest(api, { version: 0, correlationId: 9, clientId: 'b' }, body)).subarray(4)
  const { frame: answer } = await answerLocally(controller, frame, BROKER)
  return decodeAnswer(api, 0, 9, answer) as ReturnType<typeof EnvelopeResponse.decode>
}

/** What the client gets; undefined: its connection is closed. */
function ask(broker: Dispatcher, frame: Buffer): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const slot: ReplySlot = {
      send: (chunks) => resolve(Buffer.concat(chunks as Buffer[]).subarray(4)),
      skip: () => resolve(undefined),
      close: () => resolve(undefined),
    }
    broker.handle(frame, CLIENT, slot)
  })
}

async function topicErrors(broker: Dispatcher, version = 7): Promise<number[]> {
  const answer = await ask(broker, requestOf(version))
  if (answer === undefined) return []
  const decoded = decodeAnswer(createTopicsApi, version, CORRELATION, answer)
  return (decoded as ReturnType<typeof CreateTopicsResponse.decode>).topics.map(({ errorCode }) => errorCode)
}

const failing = (error: Error) => ({ request: () => Promise.reject(error) }) as unknown as ControllerRequests
const answering = (errorCode: number) =>
  ({ request: async () => ({ errorCode, responseData: null }) }) as unknown as ControllerRequests

describe('forwarding', () => {
  test('the controller sees the client, and the client the answer of the controller, in every version', async () => {
    const seen: ConnectionInfo[] = []
    const controller = controllerOf((connection) => {
      seen.push(connection)
      return ErrorCode.INVALID_REPLICATION_FACTOR
    })
    const broker = brokerOf(controller)
    const { min, max } = CreateTopicsRequest.versions
    for (let version = min; version <= max; version++) {
      expect(await topicErrors(broker, version)).toEqual([ErrorCode.INVALID_REPLICATION_FACTOR])
    }
    for (const { principal, peerAddress, listenerName } of seen) {
      expect([principal, peerAddress, listenerName]).toEqual(['User:alice', '10.1.2.3', 'CONTROLLER'])
    }
  })

  test('a controller that is not active any more says so of the whole envelope', async () => {
    const controller = controllerOf(() => ErrorCode.NOT_CONTROLLER)
    const envelope = {
      requestData: requestOf(),
      requestPrincipal: encodePrincipal({ principal: 'User:a', tokenAuthenticated: true }),
      clientHostAddress: addressBytes('::1'),
    }
    expect(await askEnvelope(controller, envelope)).toMatchObject({
      errorCode: ErrorCode.NOT_CONTROLLER,
      responseData: null,
    })
  })

  test.each([
    ['no controller in time', failing(new KafkaError('REQUEST_TIMED_OUT')), [ErrorCode.REQUEST_TIMED_OUT]],
    [
      'a controller that knows no envelope',
      failing(new PeerError('unsupported', '')),
      [ErrorCode.UNKNOWN_SERVER_ERROR],
    ],
    ['a refused envelope', answering(ErrorCode.CLUSTER_AUTHORIZATION_FAILED), [ErrorCode.UNKNOWN_SERVER_ERROR]],
    ['a request that the controller can not read', answering(ErrorCode.UNSUPPORTED_VERSION), []],
  ])('%s', async (_, channel, errors) => {
    const broker = brokerOf(
      controllerOf(() => 0),
      channel,
    )
    expect(await topicErrors(broker)).toEqual(errors)
  })
})

test.each([
  [ApiKey.DescribeQuorum, { topics: [] }],
  [ApiKey.ListPartitionReassignments, { timeoutMs: 1, topics: null }],
  [ApiKey.AddRaftVoter, { clusterId: null, timeoutMs: 1, voterId: 1, voterDirectoryId: DIRECTORY, listeners: [] }],
  [ApiKey.RemoveRaftVoter, { clusterId: null, voterId: 1, voterDirectoryId: DIRECTORY }],
])('an answer that begins with an error says it: API %i', async (key, body) => {
  const api = apiOf(key) as Api
  const broker = brokerOf(
    controllerOf(() => 0),
    failing(new KafkaError('REQUEST_TIMED_OUT')),
  )
  for (let version = api.request.versions.min; version <= api.request.versions.max; version++) {
    const frame = Buffer.concat(encodeRequest(api, { version, correlationId: 1, clientId: null }, body)).subarray(4)
    const answer = await ask(broker, frame)
    const decoded = answer && decodeAnswer(api, version, 1, answer)
    expect(decoded).toMatchObject({ errorCode: ErrorCode.REQUEST_TIMED_OUT })
  }
})

describe('an envelope', () => {
  const whole = {
    requestData: requestOf(),
    requestPrincipal: encodePrincipal({ principal: 'User:a', tokenAuthenticated: true }),
    clientHostAddress: Buffer.from([127, 0, 0, 1]),
  }
  const heartbeat = Buffer.concat(
    encodeRequest(
      apiOf(ApiKey.Heartbeat) as Api,
      { version: 0, correlationId: 1, clientId: null },
      { groupId: 'g', generationId: 1, memberId: 'm' },
    ),
  ).subarray(4)

  test.each([
    ['an address of 5 bytes', { clientHostAddress: Buffer.alloc(5) }, 'INVALID_REQUEST'],
    ['an API that is not for the controller', { requestData: heartbeat }, 'INVALID_REQUEST'],
    ['no principal', { requestPrincipal: null }, 'PRINCIPAL_DESERIALIZATION_FAILURE'],
    ['another principal', { requestPrincipal: Buffer.from('nonsense') }, 'PRINCIPAL_DESERIALIZATION_FAILURE'],
    ['half a request', { requestData: requestOf().subarray(0, 20) }, 'UNSUPPORTED_VERSION'],
    ['nothing', { requestData: Buffer.alloc(0) }, 'UNSUPPORTED_VERSION'],
  ] as const)('with %s is refused', async (_, change, error) => {
    const answer = await askEnvelope(
      controllerOf(() => 0),
      { ...whole, ...change },
    )
    expect(answer.errorCode).toBe(ErrorCode[error])
  })

  test('with damaged bytes gets an answer', async () => {
    const controller = controllerOf(() => 0)
    const size = EnvelopeRequest.toBuffer(whole, 0).length
    expect(size).toBeGreaterThan(0)
    await fc.assert(
      fc.asyncProperty(fc.nat(200), fc.nat(255), fc.nat(200), async (at, value, keep) => {
        const requestData = Buffer.from(requestOf().subarray(0, keep))
        if (at < requestData.length) requestData[at] = value
        const { errorCode } = await askEnvelope(controller, { ...whole, requestData })
        expect([0, ErrorCode.UNSUPPORTED_VERSION, ErrorCode.INVALID_REQUEST]).toContain(errorCode)
      }),
    )
  })
})

test('addresses and principals come back as they went', () => {
  for (const address of ['10.1.2.3', '255.255.255.255']) expect(addressText(addressBytes(address))).toBe(address)
  expect(addressBytes('::1').toString('hex')).toBe('00000000000000000000000000000001')
  expect(addressBytes('fe80::1:2%eth0').toString('hex')).toBe('fe800000000000000000000000010002')
  expect(addressBytes('::ffff:1.2.3.4').toString('hex')).toBe('00000000000000000000ffff01020304')
  expect(addressText(addressBytes('2001:db8::8'))).toBe('2001:db8:0:0:0:0:0:8')
  // Kafka's DefaultKafkaPrincipalBuilder writes these bytes.
  const anonymous = encodePrincipal({ principal: 'User:ANONYMOUS', tokenAuthenticated: false })
  expect(anonymous.toString('hex')).toBe('0000055573657' + '20a414e4f4e594d4f55530000')
  const byToken = { principal: 'User:a:b', tokenAuthenticated: true }
  expect(decodePrincipal(encodePrincipal(byToken))).toEqual(byToken)
})
