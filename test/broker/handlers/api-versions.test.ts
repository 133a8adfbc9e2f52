import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Dispatcher } from '../../../src/broker/dispatch.ts'
import type { Handler } from '../../../src/broker/handler.ts'
import { apiVersionsHandler } from '../../../src/broker/handlers/api-versions.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import { APIS, ApiKey } from '../../../src/protocol/apis.ts'
import type { ConnectionInfo, ReplySlot } from '../../../src/protocol/frame-handler.ts'
import { ApiVersionsRequest, ApiVersionsResponse } from '../../../src/protocol/messages/api-versions.ts'
import { FEATURES } from '../../support/data-plane.ts'
import { goldenPath } from '../../support/golden.ts'
import { requestFrame } from '../../support/raw-client.ts'

interface Exchange {
  readonly requestFrame: string
  readonly response: string
}
const golden = JSON.parse(readFileSync(goldenPath('apiversions.json'), 'utf8')) as {
  readonly broker: Record<string, Exchange>
}

/** Every API that Kafka's golden answer lists. */
function kafkas(): Handler[] {
  const listed = ApiVersionsResponse.fromBuffer(Buffer.from(golden.broker.v0?.response ?? '', 'hex').subarray(4), 0)
  const keys = new Set(listed.apiKeys.map(({ apiKey }) => apiKey))
  return APIS.filter((api) => keys.has(api.key) && api.key !== ApiKey.ApiVersions).map((api) => ({
    api,
    handle: () => {
      throw new Error('not asked')
    },
  }))
}

function connection(): ConnectionInfo {
  return {
    id: 'test',
    listenerName: 'PLAINTEXT',
    securityProtocol: 'PLAINTEXT',
    peerAddress: '127.0.0.1',
    peerPort: 1,
    localAddress: '127.0.0.1',
    localPort: 2,
    principal: 'User:ANONYMOUS',
    tokenAuthenticated: false,
    clientSoftwareName: 'unknown',
    clientSoftwareVersion: 'unknown',
  }
}

function exchange(frame: Buffer, client = connection()): Buffer | string | undefined {
  const handlers: Handler[] = kafkas()
  handlers.push(apiVersionsHandler({ apis: () => handlers.map(({ api }) => api), features: () => FEATURES }))
  const dispatcher = new Dispatcher({
    handlers,
    logger: silentLogger,
    onFatal: (error) => expect(error).toBeUndefined(),
  })
  let answer: Buffer | string | undefined
  const slot: ReplySlot = {
    send: (chunks) => {
      answer = Buffer.concat(chunks as Buffer[]).subarray(4)
    },
    skip: () => {},
    close: (reason) => {
      answer = reason
    },
  }
  dispatcher.handle(frame, client, slot)
  return answer
}

describe('ApiVersions', () => {
  it.each(Object.entries(golden.broker))(
    "%s is Kafka's answer byte for byte",
    (_, { requestFrame: frame, response }) => {
      const answer = exchange(Buffer.from(frame, 'hex').subarray(4))
      expect(Buffer.isBuffer(answer) ? answer.toString('hex') : answer).toBe(response)
    },
  )

  it('remembers what the client says it is', () => {
    const client = connection()
    const body = ApiVersionsRequest.toBuffer({ clientSoftwareName: 'librdkafka', clientSoftwareVersion: '2.15.0' }, 3)
    exchange(requestFrame(18, 3, 1, body, 'me').subarray(4), client)
    expect(client).toMatchObject({ clientSoftwareName: 'librdkafka', clientSoftwareVersion: '2.15.0' })
  })

  it.each(['', '-x', 'x.', 'a b', 'ä'])('refuses the software name %j', (name) => {
    const body = ApiVersionsRequest.toBuffer({ clientSoftwareName: name, clientSoftwareVersion: '1' }, 3)
    const answer = exchange(requestFrame(18, 3, 1, body, 'me').subarray(4))
    expect(ApiVersionsResponse.fromBuffer((answer as Buffer).subarray(4), 3)).toMatchObject({
      errorCode: 42,
      apiKeys: [],
    })
  })
})
