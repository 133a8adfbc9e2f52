import { afterAll, beforeAll, expect, it } from 'vitest'
import { protobufReader } from '../../../src/console/pages/messages/protobuf.ts'
import { askConsole } from '../../support/ask-console.ts'
import { OneNode } from '../../support/one-node.ts'

let one: OneNode

const ask = (path: string, body?: unknown) =>
  askConsole(one.node.http[0]?.port ?? 0, `/api/${path}`, body === undefined ? {} : { body })

const AVRO = JSON.stringify({ type: 'record', name: 'Order', fields: [{ name: 'id', type: 'long' }] })
const PROTOBUF = 'syntax = "proto3"; message Order { int64 id = 1; }'

beforeAll(async () => {
  one = await OneNode.start({
    overrides: {
      'odradek.http.listeners': 'http://127.0.0.1:0',
      'odradek.schema.registry.listeners': 'http://127.0.0.1:0',
    },
  })
  await one.createTopic('orders')
})
afterAll(() => one?.[Symbol.asyncDispose]())

it.each([
  // A zigzag -3.
  ['AVRO', AVRO, '{"id":-3}', [5]],
  // The first message of the file; field 1, 300.
  ['PROTOBUF', PROTOBUF, '{"id":300}', [0, 8, 0xac, 2]],
  ['JSON', '{"type":"object"}', '{"id":1}', [...Buffer.from('{"id":1}')]],
])('writes %s with the id of its schema in front', async (type, schema, json, payload) => {
  const subject = `orders-${type}`
  const registered = await ask('subjects/register', { subject, type, schema })
  expect(registered.status).toBe(200)
  const value = { json, subject }
  const written = await ask('produce', { topic: 'orders', partition: 0, records: [{ key: null, value }] })
  expect(written.json).toMatchObject({ records: [{ partition: 0 }] })
  const read = await ask(`topics/orders/message?partition=0&offset=${written.json.records[0].offset}`)
  expect([...Buffer.from(read.json.value.base64, 'base64')]).toEqual([0, 0, 0, 0, registered.json.id, ...payload])
})

it('writes the message of a Protobuf file that is chosen', async () => {
  const schema =
    'syntax = "proto3"; package shop; message Order { message Line { int32 n = 1; } } message Paid { bool ok = 1; }'
  const subject = 'several'
  const registered = await ask('subjects/register', { subject, type: 'PROTOBUF', schema })
  const { messages } = (await ask(`subject/messages?subject=${subject}`)).json
  expect(messages).toEqual(['shop.Order', 'shop.Order.Line', 'shop.Paid'])
  expect((await ask('subject/messages?subject=orders-AVRO')).json).toEqual({ messages: [] })
  expect(await ask('subject/messages?subject=no')).toMatchObject({ status: 200, json: { messages: [] } })
  const write = (json: string, message: string) =>
    ask('produce', { topic: 'orders', partition: 0, records: [{ key: null, value: { json, subject, message } }] })
  for (const [json, message, payload] of [
    ['{"n":2}', 'shop.Order.Line', [4, 0, 0, 8, 2]],
    ['{"ok":true}', 'shop.Paid', [2, 2, 8, 1]],
  ] as const) {
    const written = await write(json, message)
    const read = await ask(`topics/orders/message?partition=0&offset=${written.json.records[0].offset}`)
    const bytes = Buffer.from(read.json.value.base64, 'base64')
    expect([...bytes]).toEqual([0, 0, 0, 0, registered.json.id, ...payload])
    const shown = protobufReader(schema, [])(bytes.subarray(5))
    expect(shown).toEqual(JSON.parse(json))
  }
  expect((await write('{}', 'shop.Nothing')).status).toBe(422)
})

it('writes nothing where one does not fit its schema, or has none', async () => {
  await ask('subjects/register', { subject: 'strict', type: 'AVRO', schema: AVRO })
  const before = (await ask('topics/orders')).json.partitions[0].endOffset
  for (const [value, status, words] of [
    [{ json: '{"id":"x"}', subject: 'strict' }, 422, /does not fit the schema of strict/],
    [{ json: '{', subject: 'strict' }, 422, /does not fit the schema of strict/],
    [{ json: '{}', subject: 'nobody' }, 404, /nobody/],
  ] as const) {
    const records = [
      { key: null, value: { text: 'fits' } },
      { key: null, value },
    ]
    const answer = await ask('produce', { topic: 'orders', partition: 0, records })
    expect(answer.status).toBe(status)
    expect(answer.json.error.message).toMatch(words)
  }
  expect((await ask('topics/orders')).json.partitions[0].endOffset).toBe(before)
})
