import type { z } from 'zod'
import {
  COMPATIBILITY_LEVELS,
  type CompatibilityLevel,
  type ConfigChange,
  MODES,
  type Mode,
  type SchemaRequest,
} from './entities.ts'
import { invalidCompatibility, invalidMode, invalidSchema, invalidVersion } from './errors.ts'
import { SCHEMA_TYPES, type SchemaType } from './schemas/schema-type.ts'
import type { ConfigRequestShape, SchemaRequestShape } from './shapes.ts'

/** What zod has read becomes what the registry works with. @throws RegistryError */

export function schemaRequest(body: z.output<typeof SchemaRequestShape>): SchemaRequest {
  return { ...body, schemaType: schemaType(body.schemaType) }
}

function schemaType(name: string): SchemaType {
  const type = SCHEMA_TYPES.find((known) => known === name)
  if (type === undefined) throw invalidSchema(`Invalid schema type ${name}`)
  return type
}

export function configChange(body: z.output<typeof ConfigRequestShape>): ConfigChange {
  const { compatibility, compatibilityLevel = compatibility, ...rest } = body
  return compatibilityLevel === undefined ? rest : { ...rest, compatibilityLevel: levelOf(compatibilityLevel) }
}

function levelOf(text: string | null): CompatibilityLevel | null {
  if (text === null) return null
  const level = COMPATIBILITY_LEVELS.find((known) => known === text.toUpperCase())
  if (level === undefined) throw invalidCompatibility()
  return level
}

export function modeOf(text: string | null | undefined): Mode | undefined {
  if (text === null || text === undefined) return undefined
  const mode = MODES.find((known) => known === text.toUpperCase())
  if (mode === undefined) throw invalidMode()
  return mode
}

const MAX_VERSION = 0x7fffffff

/** -1: the latest. */
export function versionOf(text: string): number {
  if (text.trim().toLowerCase() === 'latest') return -1
  const version = /^\s*[+-]?\d{1,10}\s*$/.test(text) ? Number(text) : Number.NaN
  if (Number.isNaN(version) || version > MAX_VERSION || (version <= 0 && version !== -1)) throw invalidVersion(text)
  return version
}
