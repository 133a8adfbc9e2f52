import { z } from 'zod'
import { RegistryError } from '../../registry/errors.ts'
import { configChange, modeOf, schemaRequest, versionOf } from '../../registry/requests.ts'
import { ConfigRequestShape, SchemaRequestShape } from '../../registry/shapes.ts'
import { contextPrefix } from '../../registry/subjects.ts'
import { configUpdateAnswer } from './answers.ts'
import type { Asked } from './asked.ts'
import { type Route, type Routes, reads, writes } from './route.ts'

const INVALID_SCHEMA = 42201

/** Undefined on the paths that name none. */
type SubjectOf = (asked: Asked) => string | undefined
const named: SubjectOf = (asked) => asked.part('subject')
const none: SubjectOf = () => undefined

const ModeRequest = z.object({ mode: z.string().nullish() })

function configRoutes(subjectOf: SubjectOf): { GET: Route; PUT: Route; DELETE: Route } {
  return {
    GET: reads((asked) => asked.registry.config(subjectOf(asked), asked.query.flag('defaultToGlobal'))),
    PUT: writes(async (asked) => {
      const change = configChange(asked.body(ConfigRequestShape))
      return configUpdateAnswer(await asked.registry.setConfig(subjectOf(asked), change, asked.caller))
    }),
    DELETE: writes((asked) => asked.registry.deleteConfig(subjectOf(asked), asked.caller)),
  }
}

function modeRoutes(subjectOf: SubjectOf): { GET: Route; PUT: Route; DELETE: Route } {
  return {
    GET: reads(async (asked) => {
      return { mode: await asked.registry.mode(subjectOf(asked), asked.query.flag('defaultToGlobal')) }
    }),
    PUT: writes(async (asked) => {
      const mode = modeOf(asked.body(ModeRequest).mode)
      await asked.registry.setMode(subjectOf(asked), mode, asked.query.flag('force'), asked.caller)
      return { mode }
    }),
    DELETE: writes(async (asked) => {
      const recursive = asked.query.flag('recursive')
      return { mode: await asked.registry.deleteMode(subjectOf(asked), recursive, asked.caller) }
    }),
  }
}

/** Whether a schema could be registered. `verbose`: and why not. */
async function compatibility(asked: Asked, version: number | undefined): Promise<object> {
  const { registry, query } = asked
  const isVerbose = query.flag('verbose')
  const body = asked.body(SchemaRequestShape)
  let messages: string[]
  try {
    const options = { normalize: query.flag('normalize'), version }
    messages = await registry.problems(asked.part('subject'), schemaRequest(body), options)
  } catch (error) {
    if (!isVerbose || !(error instanceof RegistryError) || error.code !== INVALID_SCHEMA) throw error
    messages = [error.message]
  }
  return { is_compatible: messages.length === 0, ...(isVerbose && { messages }) }
}

export const SETTINGS_ROUTES: Routes = {
  '/config': configRoutes(none),
  '/config/:subject': configRoutes(named),
  '/mode': modeRoutes(none),
  '/mode/:subject': modeRoutes(named),
  '/compatibility/subjects/:subject/versions': { POST: reads((asked) => compatibility(asked, undefined)) },
  '/compatibility/subjects/:subject/versions/:version': {
    POST: reads((asked) => compatibility(asked, versionOf(asked.part('version')))),
  },
  '/contexts': {
    GET: reads(async ({ registry, query }) => {
      const prefix = query.text('contextPrefix') ?? ''
      return query.page((await registry.contexts()).filter((context) => context.startsWith(prefix)))
    }),
  },
  '/contexts/:context': {
    DELETE: writes(async (asked) => {
      const context = asked.part('context')
      const prefix = contextPrefix(context)
      if (prefix === undefined || prefix === '') throw new RegistryError(400, `Context name '${context}' is not valid`)
      return asked.registry.deleteContext(prefix, asked.caller)
    }),
  },
}
