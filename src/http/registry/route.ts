import type { Asked } from './asked.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** What is served under a path. `access`: what a principal must be allowed on the registry's topic. */
export interface Route {
  readonly access: 'READ' | 'WRITE' | 'none'
  /** Gives what is sent as JSON; undefined: there is nothing to say (204). */
  readonly run: (asked: Asked) => Promise<unknown>
}

/** By path, in fastify's way of writing it, then by method. */
export type Routes = Readonly<Record<string, Readonly<Partial<Record<Method, Route>>>>>

export const reads = (run: Route['run']): Route => ({ access: 'READ', run })
export const writes = (run: Route['run']): Route => ({ access: 'WRITE', run })
