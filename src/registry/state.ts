import type { Config, DeletedFilter, Mode, StoredSchema, SubjectVersion } from './entities.ts'
import type { Change, SchemaValue } from './records.ts'
import { contextOf, DEFAULT_CONTEXT, matcherOf, relativeTo } from './subjects.ts'

/** The ids of one context. */
interface IdSpace {
  /** Which versions have the id: one of a subject. */
  readonly versions: Map<number, Map<string, number>>
  readonly idByGuid: Map<string, number>
  maxId: number
}

/** What the topic says. Changed by `replay` only, with one record after another. */
export class RegistryState {
  readonly #subjects = new Map<string, Map<number, StoredSchema>>()
  readonly #ids = new Map<string, IdSpace>()
  readonly #configs = new Map<string | undefined, Config>()
  readonly #modes = new Map<string | undefined, Mode>()
  readonly #contexts = new Set<string>()
  /** Version → who refers to it. */
  readonly #referrers = new Map<string, Map<string, SubjectVersion>>()
  /** Goes up when versions are gone for good: what was made of them counts no more. */
  #epoch = 0

  get epoch(): number {
    return this.#epoch
  }

  /** False: the record contradicts what came before, and is passed over. */
  replay(change: Change, timestamp: number): boolean {
    switch (change.type) {
      case 'schema':
        if (change.value === null) this.#forget(change.subject, change.version)
        else return this.#put({ ...change.value, timestamp })
        return true
      case 'config':
        return set(this.#configs, change.subject, change.value)
      case 'mode':
        return set(this.#modes, change.subject, change.value)
      case 'delete-subject':
        this.#deleteUpTo(change.subject, change.version)
        return true
      case 'clear-subject':
        this.#clear(change.subject)
        return true
      case 'context':
        if (change.value === null) this.#contexts.delete(change.context)
        else this.#contexts.add(change.context)
        return true
    }
  }

  #put(schema: StoredSchema): boolean {
    const ids = this.#idSpace(schema.subject)
    const holder = this.#anyWithId(ids, schema.id)
    if (holder !== undefined && holder.schema !== schema.schema) return false
    // Nobody new may refer to it.
    if (schema.deleted) this.#epoch++
    this.#unlink(this.version(schema.subject, schema.version))
    let versions = this.#subjects.get(schema.subject)
    if (versions === undefined) {
      versions = new Map()
      this.#subjects.set(schema.subject, versions)
    }
    versions.set(schema.version, schema)
    ids.maxId = Math.max(ids.maxId, schema.id)
    let holders = ids.versions.get(schema.id)
    if (holders === undefined) {
      holders = new Map()
      ids.versions.set(schema.id, holders)
    }
    holders.set(schema.subject, schema.version)
    ids.idByGuid.set(schema.guid, schema.id)
    for (const key of this.#referred(schema)) {
      let referrers = this.#referrers.get(key)
      if (referrers === undefined) {
        referrers = new Map()
        this.#referrers.set(key, referrers)
      }
      referrers.set(versionKey(schema), { subject: schema.subject, version: schema.version })
    }
    return true
  }

  #unlink(schema: StoredSchema | undefined): void {
    if (schema === undefined) return
    const ids = this.#idSpace(schema.subject)
    const holders = ids.versions.get(schema.id)
    if (holders?.get(schema.subject) === schema.version) holders.delete(schema.subject)
    if (holders?.size === 0) {
      ids.versions.delete(schema.id)
      if (ids.idByGuid.get(schema.guid) === schema.id) ids.idByGuid.delete(schema.guid)
    }
    for (const key of this.#referred(schema)) {
      const referrers = this.#referrers.get(key)
      referrers?.delete(versionKey(schema))
      if (referrers?.size === 0) this.#referrers.delete(key)
    }
  }

  #referred({ subject, references }: SchemaValue): string[] {
    return references.map(({ subject: name, version }) => versionKey({ subject: relativeTo(subject, name), version }))
  }

  #forget(subject: string, version: number): void {
    const versions = this.#subjects.get(subject)
    const schema = versions?.get(version)
    if (versions === undefined || schema === undefined) return
    this.#unlink(schema)
    versions.delete(version)
    if (versions.size === 0) this.#subjects.delete(subject)
    this.#epoch++
  }

  #deleteUpTo(subject: string, last: number): void {
    this.#epoch++
    for (const [version, schema] of this.#subjects.get(subject) ?? []) {
      if (version <= last && !schema.deleted) this.#subjects.get(subject)?.set(version, { ...schema, deleted: true })
    }
  }

  #clear(subject: string | undefined): void {
    const isMeant = matcherOf(subject)
    for (const schema of [...this.all()]) {
      if (schema.deleted && isMeant(schema.subject)) this.#forget(schema.subject, schema.version)
    }
  }

  #idSpace(subject: string): IdSpace {
    const context = contextOf(subject)
    let ids = this.#ids.get(context)
    if (ids === undefined) {
      ids = { versions: new Map(), idByGuid: new Map(), maxId: 0 }
      this.#ids.set(context, ids)
    }
    return ids
  }

  #anyWithId({ versions }: IdSpace, id: number): StoredSchema | undefined {
    for (const [subject, version] of versions.get(id) ?? []) return this.version(subject, version)
    return undefined
  }

  /** All versions of all subjects, in no order. */
  *all(): IterableIterator<StoredSchema> {
    for (const versions of this.#subjects.values()) yield* versions.values()
  }

  /** Oldest first. */
  versions(subject: string, filter: DeletedFilter = 'all'): StoredSchema[] {
    const found = [...(this.#subjects.get(subject)?.values() ?? [])].filter((schema) => passes(schema, filter))
    return found.sort((a, b) => a.version - b.version)
  }

  version(subject: string, version: number): StoredSchema | undefined {
    return this.#subjects.get(subject)?.get(version)
  }

  latest(subject: string): StoredSchema | undefined {
    return this.versions(subject, 'live').at(-1)
  }

  /** `subject`: what `matcherOf` makes of it. */
  has(subject: string, withDeleted: boolean): boolean {
    const isMeant = matcherOf(subject)
    for (const schema of this.all()) if ((withDeleted || !schema.deleted) && isMeant(schema.subject)) return true
    return false
  }

  /** Sorted. A subject counts as deleted when all of its versions are. */
  subjects(isMeant: (subject: string) => boolean, filter: DeletedFilter): string[] {
    const found: string[] = []
    for (const [subject, versions] of this.#subjects) {
      if (!isMeant(subject)) continue
      let deleted = true
      for (const schema of versions.values()) deleted &&= schema.deleted
      if (passes({ deleted }, filter)) found.push(subject)
    }
    return found.sort()
  }

  /** The version that has the id: of the subject, or where only a context is named any one of it. */
  byId(id: number, subject: string, isContext: boolean): StoredSchema | undefined {
    const ids = this.#ids.get(contextOf(subject))
    if (ids === undefined) return undefined
    if (isContext) return this.#anyWithId(ids, id)
    const version = ids.versions.get(id)?.get(subject)
    return version === undefined ? undefined : this.version(subject, version)
  }

  /** All that have the id in the context of the subject. */
  holders(id: number, subject: string): StoredSchema[] {
    const holders = this.#ids.get(contextOf(subject))?.versions.get(id) ?? []
    return [...holders].flatMap(([name, version]) => this.version(name, version) ?? [])
  }

  idByGuid(guid: string, context: string): number | undefined {
    return this.#ids.get(context)?.idByGuid.get(guid)
  }

  /** The highest id that was ever given in the subject's context; 0: none. */
  maxId(subject: string): number {
    return this.#ids.get(contextOf(subject))?.maxId ?? 0
  }

  referrers(subject: string, version: number, withDeleted: boolean): StoredSchema[] {
    const keys = this.#referrers.get(versionKey({ subject, version }))?.values() ?? []
    return [...keys].flatMap((key) => {
      const schema = this.version(key.subject, key.version)
      return schema !== undefined && (withDeleted || !schema.deleted) ? schema : []
    })
  }

  config(subject: string | undefined): Config | undefined {
    return this.#configs.get(subject)
  }

  /** Subject → those of its other names. */
  aliases(isWanted: (name: string) => boolean): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, string[]>()
    for (const [name, { alias }] of this.#configs) {
      if (name === undefined || alias === undefined || !isWanted(name)) continue
      const subject = relativeTo(name, alias)
      found.set(subject, [...(found.get(subject) ?? []), name])
    }
    return found
  }

  mode(subject: string | undefined): Mode | undefined {
    return this.#modes.get(subject)
  }

  /** Subjects that have a mode of their own. */
  get modeSubjects(): string[] {
    return [...this.#modes.keys()].flatMap((subject) => subject ?? [])
  }

  /** The default one first. */
  get contexts(): string[] {
    return [DEFAULT_CONTEXT, ...[...this.#contexts].sort()]
  }

  hasContext(context: string): boolean {
    return context === DEFAULT_CONTEXT || this.#contexts.has(context)
  }
}

const versionKey = ({ subject, version }: SubjectVersion): string => `${version} ${subject}`

function passes({ deleted }: { readonly deleted: boolean }, filter: DeletedFilter): boolean {
  return filter === 'all' || deleted === (filter === 'deleted')
}

function set<K, V>(map: Map<K, V>, key: K, value: V | null): true {
  if (value === null) map.delete(key)
  else map.set(key, value)
  return true
}
