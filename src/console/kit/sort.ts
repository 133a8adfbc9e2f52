import { useQuery } from './router.tsx'
import type { Sort } from './table.tsx'

/** By what a table is sorted stands in the address (`sort=-lag`: the largest first), but not where it is as at first. */
export function useSort<Id extends string>(
  ids: readonly Id[],
  first: Id,
): readonly [Sort & { readonly id: Id }, (sort: Sort) => void] {
  const [text, setText] = useQuery('sort')
  const id = ids.find((known) => known === text.replace(/^-/, '')) ?? first
  const setSort = ({ id: next, descending }: Sort) =>
    setText(next === first && !descending ? '' : `${descending ? '-' : ''}${next}`)
  return [{ id, descending: text.startsWith('-') }, setSort]
}
