/** The name in JSON that a field has unless it says otherwise. */
export function jsonName(name: string): string {
  return name.replace(/_+(.?)/g, (_, letter: string) => letter.toUpperCase())
}

/** The name of the message that a map's entries are in descriptors. */
export function mapEntryName(field: string): string {
  const camel = field.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()).replaceAll('_', '')
  return `${camel.charAt(0).toUpperCase()}${camel.slice(1)}Entry`
}
