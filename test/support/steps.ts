import fc from 'fast-check'

interface Weighted<T> {
  readonly weight: number
  readonly arbitrary: fc.Arbitrary<T>
}

/** For `fc.oneof`: steps that do one of these things, as often as their weight says. */
export function weighted<const D extends string, const F extends object = object>(
  weight: number,
  what: readonly D[],
  fields: { [N in keyof F]: fc.Arbitrary<F[N]> },
): Weighted<F & { readonly do: D }>
export function weighted<const D extends string>(weight: number, what: readonly D[]): Weighted<{ readonly do: D }>
export function weighted(weight: number, what: readonly string[], fields: Record<string, fc.Arbitrary<unknown>> = {}) {
  return { weight, arbitrary: fc.record({ do: fc.constantFrom(...what), ...fields }) }
}
