import { describe, expect, test } from 'vitest'
import type { AnomalyName } from './anomaly.ts'
import { check, describeAnomalies } from './check.ts'
import { formatHistory, parseHistory } from './event.ts'
import { move, poll, send, Written } from './written.ts'

const names = (history: Written): AnomalyName[] => [
  ...new Set(check(parseHistory(formatHistory(history.events))).anomalies.map(({ name }) => name)),
]

/** Both isolation levels read the same at the end. */
const bothFinal = (history: Written, ...polls: Parameters<Written['final']>[1][]) =>
  history.final('read_committed', ...polls).final('read_uncommitted', ...polls)

describe('the checker of histories of transactions', () => {
  test('accepts commits, aborts, unknown ends, plain records and read-process-write', () => {
    const history = new Written()
      .transact('a', { sends: [send('x-0', 'a0', 0), send('x-1', 'a1', 0)] })
      .poll('r', 'read_committed', poll('x-0', 0, 2, 0, 'a0'), poll('x-1', 0, 0))
      .transact('a', { type: 'fail', sends: [send('x-0', 'a2', 2), send('x-1', 'a3')] })
      .transact('b', { type: 'info', sends: [send('x-1', 'b0', 2)] })
      .transact('b', { type: 'info', sends: [send('x-1', 'b1', 4), send('x-0', 'b2', 4)] })
      .transact('p', { transactionalId: undefined as never, sends: [send('x-0', 'p0', 5)] })
      .ends('r', { 'x-0': 6 })
      .transact('w', { polls: [poll('x-0', 0, 4, 0, 'a0')], sends: [send('y-0', 'w0', 0)], moves: [move('x-0', 0, 4)] })
      .offsets('w', 'g', { 'x-0': 4 })
      .transact('w.2', {
        type: 'fail',
        polls: [poll('x-0', 4, 6, 5, 'p0')],
        sends: [send('y-0', 'w1', 2)],
        moves: [move('x-0', 4, 6)],
      })
      .poll('r', 'read_committed', poll('x-0', 2, 7, 5, 'p0'), poll('x-1', 0, 7, 0, 'a1', 2, 'b0'))
      .offsets('final', 'g', { 'x-0': 4 }, true)
      .final(
        'read_committed',
        poll('x-0', 0, 7, 0, 'a0', 5, 'p0'),
        poll('x-1', 0, 7, 0, 'a1', 2, 'b0'),
        poll('y-0', 0, 4, 0, 'w0'),
      )
      .final(
        'read_uncommitted',
        poll('x-0', 0, 7, 0, 'a0', 2, 'a2', 4, 'b2', 5, 'p0'),
        poll('x-1', 0, 7, 0, 'a1', 2, 'b0', 4, 'b1'),
        poll('y-0', 0, 4, 0, 'w0', 2, 'w1'),
      )
    const found = check(history.events)
    expect(describeAnomalies(found.anomalies)).toEqual([])
    expect(found).toMatchObject({ committed: 2, aborted: 2, unknown: 2, records: 5 })
    expect(check([]).anomalies).toEqual([])
  })

  test('accepts writes of two transactions that interleave, and counts them', () => {
    const history = bothFinal(
      new Written()
        .transact('a', { spanMs: [1, 9], sends: [send('x-0', 'a0', 0), send('x-1', 'a1', 1)] })
        .transact('b', { spanMs: [2, 8], sends: [send('x-0', 'b0', 1), send('x-1', 'b1', 0)] }),
      poll('x-0', 0, 4, 0, 'a0', 1, 'b0'),
      poll('x-1', 0, 4, 0, 'b1', 1, 'a1'),
    )
    expect(check(history.events)).toMatchObject({ anomalies: [], interleaved: 1 })
  })

  test('accepts an end that a deposed leader tells', () => {
    const history = new Written()
      .ends('r', { 'x-0': 5 }, 'read_committed', 2)
      .ends('r', { 'x-0': 4 }, 'read_committed', 1)
    expect(check(history.events).anomalies).toEqual([])
  })

  test.each([2, 3])('accepts offset %i where nobody knows of a transaction that wrote nothing else', (offset) => {
    const history = new Written()
      .transact('a', { sends: [send('x-0', 'a0', 0)] })
      .transact('w', { polls: [poll('x-0', 0, 2, 0, 'a0')], moves: [move('x-0', 0, 2)] })
      .transact('a', { type: 'fail' })
      .transact('w', { type: 'info', moves: [move('x-0', 2, 3)] })
      .offsets('r', 'g', { 'x-0': offset })
      .offsets('final', 'g', { 'x-0': offset }, true)
    expect(check(history.events).anomalies).toEqual([])
  })

  test.each<[AnomalyName, string, Written]>([
    [
      'lost-write',
      'an acknowledged transaction whose only record is not there',
      bothFinal(new Written().transact('a', { sends: [send('x-0', 'a0', 0)] }), poll('x-0', 0, 2)),
    ],
    [
      'lost-write',
      'what was read is gone',
      new Written()
        .transact('a', { type: 'info', sends: [send('x-0', 'a0', 0)] })
        .poll('r', 'read_committed', poll('x-0', 0, 1, 0, 'a0'))
        .final('read_committed', poll('x-0', 0, 2)),
    ],
    [
      'torn-transaction',
      'half of a transaction of which nobody knows',
      bothFinal(
        new Written().transact('a', { type: 'info', sends: [send('x-0', 'a0', 0), send('x-1', 'a1', 0)] }),
        poll('x-0', 0, 2, 0, 'a0'),
        poll('x-1', 0, 2),
      ),
    ],
    [
      'duplicate',
      'a value at two offsets',
      bothFinal(new Written().transact('a', { sends: [send('x-0', 'a0', 0)] }), poll('x-0', 0, 3, 0, 'a0', 1, 'a0')),
    ],
    [
      'duplicate',
      'an aborted value at two offsets',
      new Written()
        .transact('a', { type: 'fail', sends: [send('x-0', 'a0', 0)] })
        .final('read_uncommitted', poll('x-0', 0, 3, 0, 'a0', 1, 'a0')),
    ],
    ['phantom', 'a value that nobody sent', bothFinal(new Written(), poll('x-0', 0, 1, 0, 'a0'))],
    [
      'phantom',
      'a value that was sent to another partition',
      bothFinal(new Written().transact('a', { type: 'info', sends: [send('x-1', 'a0')] }), poll('x-0', 0, 1, 0, 'a0')),
    ],
    [
      'inconsistent-offsets',
      'two values at one offset',
      new Written()
        .transact('a', { type: 'fail', sends: [send('x-0', 'a0', 0)] })
        .transact('b', { type: 'fail', sends: [send('x-0', 'b0', 0)] }),
    ],
    [
      'int-nonmonotonic-send',
      'the second record of a transaction before its first',
      bothFinal(
        new Written().transact('a', { sends: [send('x-0', 'a0', 1), send('x-0', 'a1', 0)] }),
        poll('x-0', 0, 3, 0, 'a1', 1, 'a0'),
      ),
    ],
    [
      'nonmonotonic-send',
      'a record before that of a transaction which was over',
      bothFinal(
        new Written().transact('a', { sends: [send('x-0', 'a0', 1)] }).transact('b', { sends: [send('x-0', 'b0', 0)] }),
        poll('x-0', 0, 4, 0, 'b0', 1, 'a0'),
      ),
    ],
    [
      'G1a',
      'an aborted value in isolation',
      new Written()
        .transact('a', { type: 'fail', sends: [send('x-0', 'a0', 0)] })
        .poll('r', 'read_committed', poll('x-0', 0, 1, 0, 'a0')),
    ],
    [
      'G1a',
      'an aborted value in the input of another transaction',
      new Written()
        .transact('a', { type: 'fail', sends: [send('x-0', 'a0', 0)] })
        .transact('w', { polls: [poll('x-0', 0, 1, 0, 'a0')] }),
    ],
    [
      'G1a',
      'an offset of an aborted transaction',
      new Written().transact('w', { type: 'fail', moves: [move('x-0', 0, 4)] }).offsets('v', 'g', { 'x-0': 4 }),
    ],
    [
      'precommitted-read',
      'a value whose commit nobody has asked for yet',
      bothFinal(
        new Written()
          .transact('a', { spanMs: [0, 100], sends: [send('x-0', 'a0', 0)] })
          .poll('r', 'read_committed', poll('x-0', 0, 1, 0, 'a0')),
        poll('x-0', 0, 2, 0, 'a0'),
      ),
    ],
    [
      'precommitted-read',
      'a value that a transaction wrote and read itself',
      bothFinal(
        new Written().transact('a', { sends: [send('x-0', 'a0', 0)], polls: [poll('x-0', 0, 1, 0, 'a0')] }),
        poll('x-0', 0, 2, 0, 'a0'),
      ),
    ],
    [
      'precommitted-read',
      'an offset before its commit',
      new Written().transact('w', { spanMs: [0, 100], moves: [move('x-0', 0, 4)] }).offsets('v', 'g', { 'x-0': 4 }),
    ],
    [
      'int-nonmonotonic-poll',
      'an answer that goes back',
      bothFinal(
        new Written()
          .transact('a', { sends: [send('x-0', 'a0', 0), send('x-0', 'a1', 1)] })
          .poll('r', 'read_committed', poll('x-0', 0, 2, 1, 'a1', 0, 'a0')),
        poll('x-0', 0, 3, 0, 'a0', 1, 'a1'),
      ),
    ],
    [
      'nonmonotonic-poll',
      'a reader that gets again what it got',
      bothFinal(
        new Written()
          .transact('a', { sends: [send('x-0', 'a0', 0)] })
          .poll('r', 'read_committed', poll('x-0', 0, 1, 0, 'a0'))
          .poll('r', 'read_committed', poll('x-0', 0, 1, 0, 'a0')),
        poll('x-0', 0, 2, 0, 'a0'),
      ),
    ],
    [
      'int-poll-skip',
      'an answer with a gap',
      bothFinal(
        new Written()
          .transact('a', { sends: [send('x-0', 'a0', 0), send('x-0', 'a1', 1), send('x-0', 'a2', 2)] })
          .poll('r', 'read_committed', poll('x-0', 0, 4, 0, 'a0', 2, 'a2'))
          .poll('s', 'read_committed', poll('x-0', 0, 4, 0, 'a0', 1, 'a1', 2, 'a2')),
        poll('x-0', 0, 4, 0, 'a0', 1, 'a1', 2, 'a2'),
      ),
    ],
    [
      'poll-skip',
      'a reader that went on too far',
      bothFinal(
        new Written()
          .transact('a', { sends: [send('x-0', 'a0', 0), send('x-0', 'a1', 1)] })
          .poll('r', 'read_committed', poll('x-0', 0, 0))
          .poll('r', 'read_committed', poll('x-0', 1, 3, 1, 'a1'))
          .poll('s', 'read_committed', poll('x-0', 0, 3, 0, 'a0', 1, 'a1')),
        poll('x-0', 0, 3, 0, 'a0', 1, 'a1'),
      ),
    ],
    [
      'unseen',
      'a record that readers never come to',
      bothFinal(
        new Written()
          .transact('a', { sends: [send('x-0', 'a0', 0)] })
          .transact('a', { sends: [send('x-0', 'a1', 2)] })
          .poll('r', 'read_committed', poll('x-0', 0, 2, 0, 'a0')),
        poll('x-0', 0, 4, 0, 'a0', 2, 'a1'),
      ),
    ],
    [
      'hanging-transaction',
      'a last stable offset that stands',
      new Written()
        .transact('a', { type: 'fail', sends: [send('x-0', 'a0', 0)] })
        .final('read_committed', poll('x-0', 0, 0))
        .final('read_uncommitted', poll('x-0', 0, 1, 0, 'a0')),
    ],
    ['nonmonotonic-end', 'an end that goes back', new Written().ends('r', { 'x-0': 5 }).ends('s', { 'x-0': 4 })],
    [
      'nonmonotonic-offset',
      'a committed offset that goes back',
      new Written()
        .transact('w', { moves: [move('x-0', 0, 4)] })
        .transact('w', { moves: [move('x-0', 4, 6)] })
        .offsets('v', 'g', { 'x-0': 4 }),
    ],
    [
      'nonmonotonic-offset',
      'a committed offset that is not there yet',
      new Written().transact('w', { moves: [move('x-0', 0, 4)] }).offsets('v', 'g', { 'x-0': -1 }),
    ],
    [
      'wrong-offset',
      'a committed offset that is lost at the end',
      new Written()
        .transact('w', { type: 'info', sends: [send('y-0', 'w0', 0)], moves: [move('x-0', 0, 4)] })
        .offsets('v', 'g', { 'x-0': -1 }, true)
        .final('read_committed', poll('y-0', 0, 2, 0, 'w0')),
    ],
    [
      'duplicate-processing',
      'two transactions that took the same input',
      new Written().transact('w', { moves: [move('x-0', 0, 4)] }).transact('v', { moves: [move('x-0', 2, 6)] }),
    ],
    [
      'skipped-processing',
      'an input that no transaction took',
      bothFinal(
        new Written()
          .transact('a', { sends: [send('x-0', 'a0', 0), send('x-0', 'a1', 1)] })
          .transact('w', { polls: [poll('x-0', 1, 2, 1, 'a1')], moves: [move('x-0', 1, 2)] }),
        poll('x-0', 0, 3, 0, 'a0', 1, 'a1'),
      ),
    ],
    [
      'G0',
      'two transactions of one id in two orders',
      bothFinal(
        new Written()
          .transact('a.1', { spanMs: [0, 10], sends: [send('x-0', 'a0', 0), send('x-1', 'a1', 1)] })
          .transact('a.2', { spanMs: [5, 15], sends: [send('x-0', 'a2', 2), send('x-1', 'a3', 0)] }),
        poll('x-0', 0, 4, 0, 'a0', 2, 'a2'),
        poll('x-1', 0, 4, 0, 'a3', 1, 'a1'),
      ),
    ],
    [
      'G0-process',
      'a transaction that was over wrote after the next of its id',
      bothFinal(
        new Written().transact('a', { sends: [send('x-0', 'a0')] }).transact('a', { sends: [send('x-0', 'a1')] }),
        poll('x-0', 0, 4, 0, 'a1', 2, 'a0'),
      ),
    ],
    [
      'G1c',
      'two transactions that read each other',
      bothFinal(
        new Written()
          .transact('a', { spanMs: [0, 10], sends: [send('x-0', 'a0', 0)], polls: [poll('x-1', 0, 1, 0, 'b0')] })
          .transact('b', { spanMs: [0, 10], sends: [send('x-1', 'b0', 0)], polls: [poll('x-0', 0, 1, 0, 'a0')] }),
        poll('x-0', 0, 2, 0, 'a0'),
        poll('x-1', 0, 2, 0, 'b0'),
      ),
    ],
    [
      'G1c-process',
      'a transaction read what its id did later',
      bothFinal(
        new Written()
          .transact('a', { polls: [poll('x-0', 0, 1, 0, 'a0')] })
          .transact('a', { sends: [send('x-0', 'a0', 0)] }),
        poll('x-0', 0, 2, 0, 'a0'),
      ),
    ],
  ])('finds %s: %s', (name, _, history) => {
    expect(names(history)).toContain(name)
  })
})
