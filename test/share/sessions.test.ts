import { expect, test } from 'vitest'
import type { Uuid } from '../../src/base/ids.ts'
import { FINAL_EPOCH, ShareSessions } from '../../src/share/sessions.ts'

const partition = (at: number) => ({ topicId: 'AAAAAAAAAAAAAAAAAAAAAQ' as Uuid, partition: at })
const orderOf = (session: { readonly partitions: readonly { readonly partition: number }[] }) =>
  session.partitions.map((one) => one.partition)

test('no more sessions than there may be, a member that begins anew aside', () => {
  const sessions = new ShareSessions(2)
  sessions.begin('g', 'a', 'c1', [])
  sessions.begin('g', 'b', 'c2', [])
  sessions.begin('g', 'a', 'c3', [])
  expect(() => sessions.begin('g', 'c', 'c1', [])).toThrow('SHARE_SESSION_LIMIT_REACHED')
  sessions.end('g', 'b')
  sessions.begin('g', 'c', 'c1', [])
})

test('epochs: the next one, or the end', () => {
  const sessions = new ShareSessions(2)
  const session = sessions.begin('g', 'a', 'c', [partition(0)])
  expect(sessions.require('g', 'a', 1)).toBe(session)
  session.nextEpoch()
  expect(() => sessions.require('g', 'a', 1)).toThrow('INVALID_SHARE_SESSION_EPOCH')
  expect(sessions.require('g', 'a', FINAL_EPOCH)).toBe(session)
  expect(() => sessions.require('g', 'b', 1)).toThrow('SHARE_SESSION_NOT_FOUND')
  session.epoch = 0x7fff_ffff
  session.nextEpoch()
  expect(session.epoch).toBe(1)
})

test('tells of what is new, has records or fails; who got records is served last', () => {
  const sessions = new ShareSessions(1)
  const session = sessions.begin('g', 'a', 'c', [partition(0), partition(1)])
  session.update([partition(2)], [])
  expect(session.tells(partition(0), false, false)).toBe(false)
  expect(session.tells(partition(0), true, false)).toBe(true)
  expect(orderOf(session)).toEqual([1, 2, 0])
  expect(session.tells(partition(2), false, false)).toBe(true)
  expect(session.tells(partition(2), false, false)).toBe(false)
  expect(session.tells(partition(1), false, true)).toBe(true)
  expect(session.tells(partition(1), false, false)).toBe(true)
  session.update([], [partition(1)])
  expect(orderOf(session)).toEqual([2, 0])
})

test('a connection takes its sessions with it', () => {
  const sessions = new ShareSessions(5)
  sessions.begin('g', 'a', 'c1', [])
  sessions.begin('g', 'b', 'c2', [])
  sessions.begin('h', 'c', 'c1', [])
  sessions.end('h', 'c')
  const { groupIds, sessions: left } = sessions.closed('c1')
  expect(groupIds).toEqual(['g', 'h'])
  expect(left.map(({ memberId }) => memberId)).toEqual(['a'])
  for (const { groupId, memberId } of left) sessions.end(groupId, memberId)
  expect(sessions.closed('c1').groupIds).toEqual([])
  expect(sessions.hasGroup('g')).toBe(true)
  sessions.end('g', 'b')
  expect(sessions.hasGroup('g')).toBe(false)
})
