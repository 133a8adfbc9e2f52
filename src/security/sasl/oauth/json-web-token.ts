export type JsonObject = Readonly<Record<string, unknown>>

const BASE64_URL = /^[A-Za-z0-9_-]*={0,2}$/

/** A part of a token: an object of JSON in base64url; undefined where it is none. */
export function decodePart(text: string): JsonObject | undefined {
  if (!BASE64_URL.test(text)) return undefined
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function encodePart(value: JsonObject): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Own members only: a claim called `constructor` is a claim like others. */
export function claimOf(claims: JsonObject, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined
}
