const BYTE = /^(?:25[0-5]|2[0-4]\d|1?\d?\d)$/

/** In numbers: IPv4, or IPv6 with or without `::`. */
export function isIpAddress(text: string): boolean {
  return text.includes(':') ? isIpv6(text) : isOldIpv4(text)
}

/** Java takes the older forms too, whose last number fills what the others leave: `10.1` is 10.0.0.1. */
export function isOldIpv4(text: string): boolean {
  const parts = text.split('.')
  const last = Number(parts.at(-1))
  const fits = parts.length <= 4 && parts.every((part) => /^\d{1,10}$/.test(part))
  return fits && last < 256 ** (5 - parts.length) && parts.slice(0, -1).every((part) => Number(part) < 256)
}

function isIpv4(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => BYTE.test(part))
}

function isIpv6(text: string): boolean {
  const [address = ''] = text.split('%')
  const halves = address.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1) ?? ''
  const endsInIpv4 = last.includes('.')
  if (endsInIpv4 && !isIpv4(last)) return false
  const hex = endsInIpv4 ? groups.slice(0, -1) : groups
  const count = hex.length + (endsInIpv4 ? 2 : 0)
  return hex.every((group) => /^[0-9a-f]{1,4}$/i.test(group)) && (halves.length === 2 ? count < 8 : count === 8)
}
