/** The name in JSON that a field has unless it says otherwise. */
export function jsonName(name: string): string {
  return name.replace(/_+(.?)/g, (_, letter: string) => letter.toUpperCase())
}

/** The name of the message that a map's entries are in descriptors. */
export function mapEntryName(field: string): string {
  const camel = field.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()).replaceAll('_', '')
  return `${camel.charAt(0).toUpperCase()}${camel.slice(1)}Entry`
}

/** Whole numbers in decimal, as descriptors say them, also where zeros follow the point; everything else as it is. */
export function decimal(text: string): string {
  const whole = /^(-?)(0[xX][0-9a-fA-F]+|0[0-7]+)$/.exec(text)
  if (!whole) return text.replace(/^(-?\d+)\.0+$/, '$1')
  const [, sign = '', digits = ''] = whole
  return sign + BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits).toString()
}
