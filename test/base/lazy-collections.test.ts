import { describe, expect, it } from 'vitest'
import { LazyMap, LazySet } from '../../src/base/lazy-collections.ts'

describe('LazyMap', () => {
  it('is empty before the first entry and after the last', () => {
    const map = new LazyMap<string, number>()
    const isEmpty = () => {
      expect([map.size, [...map], [...map.keys()], [...map.values()]]).toEqual([0, [], [], []])
      expect([map.get('a'), map.has('a'), map.delete('a')]).toEqual([undefined, false, false])
    }
    isEmpty()
    map.set('a', 1)
    expect(map.delete('a')).toBe(true)
    isEmpty()
    map.set('a', 1)
    map.clear()
    isEmpty()
  })

  it('gives what was put in, in its order, also while entries go', () => {
    const map = new LazyMap<string, number>()
    for (const key of ['c', 'a', 'b']) map.set(key, map.size)
    expect([...map.keys()]).toEqual(['c', 'a', 'b'])
    for (const [key, value] of map) if (value < 2) map.delete(key)
    expect([...map]).toEqual([['b', 2]])
    expect([map.get('b'), map.has('b'), map.has('c')]).toEqual([2, true, false])
  })

  it('ends a walk through it when it is cleared', () => {
    const map = new LazyMap<number, number>()
    for (let i = 0; i < 3; i++) map.set(i, i)
    const seen: number[] = []
    for (const key of map.keys()) {
      seen.push(key)
      map.clear()
    }
    expect(seen).toEqual([0])
  })
})

describe('LazySet', () => {
  it('holds each item once, in its order, until it goes', () => {
    const set = new LazySet<string>()
    expect([set.size, [...set], set.delete('a')]).toEqual([0, [], false])
    for (const item of ['b', 'a', 'b']) set.add(item)
    expect([set.size, [...set]]).toEqual([2, ['b', 'a']])
    expect(set.delete('b')).toBe(true)
    set.clear()
    expect([set.size, [...set]]).toEqual([0, []])
  })
})
