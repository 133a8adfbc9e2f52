/** What answers can be, as willingly as given; all of them are the same JSON. */
const SPOKEN: readonly (readonly [type: string, willing: number])[] = [
  ['application/vnd.schemaregistry.v1+json', 1],
  ['application/vnd.schemaregistry+json', 0.9],
  ['application/json', 0.5],
]
export const OWN_TYPE = 'application/vnd.schemaregistry.v1+json'
/** A body of no type that anybody names is taken for JSON. */
const READ: ReadonlySet<string> = new Set([...SPOKEN.map(([type]) => type), 'application/octet-stream'])

export function isReadable(contentType: string | undefined): boolean {
  return contentType === undefined || READ.has(typeOf(contentType))
}

/** The best of what the client accepts; undefined: nothing. */
export function acceptedType(accept: string | undefined): string | undefined {
  if (accept === undefined || accept.trim() === '') return OWN_TYPE
  const ranges = accept.split(',').map((range) => ({ type: rangeOf(range), weight: weightOf(range) }))
  let best: { readonly type: string; readonly worth: number } | undefined
  for (const [type, willing] of SPOKEN) {
    const worth = willing * wish(type, ranges)
    if (worth > 0 && worth > (best?.worth ?? 0)) best = { type, worth }
  }
  return best?.type
}

/** The nearest range that names the type says how much it is wished for. */
function wish(type: string, ranges: readonly { readonly type: string; readonly weight: number }[]): number {
  for (const name of [type, 'application/*', '*/*']) {
    const found = ranges.find((range) => range.type === name)
    if (found !== undefined) return found.weight
  }
  return 0
}

function typeOf(text: string): string {
  return (text.split(';', 1)[0] ?? '').trim().toLowerCase()
}

/** Java's own client says `*` for any type; of any type no subtype can be meant. */
function rangeOf(text: string): string {
  const type = typeOf(text)
  return type === '*' || type.startsWith('*/') ? '*/*' : type
}

function weightOf(range: string): number {
  const weight = Number(/;\s*q=([0-9.]+)/i.exec(range)?.[1] ?? 1)
  return Number.isFinite(weight) ? Math.min(1, Math.max(0, weight)) : 1
}
