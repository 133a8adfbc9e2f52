import type { Clock, Logger } from '../io/ports.ts'
import {
  type Command,
  configCommand,
  deleteConfigCommand,
  deleteContextCommand,
  deleteModeCommand,
  deleteSubjectCommand,
  deleteVersionCommand,
  modeCommand,
  registerCommand,
  settingsSubject,
  tagCommand,
} from './commands.ts'
import type {
  Config,
  ConfigChange,
  DeletedFilter,
  Mode,
  SchemaRequest,
  StoredSchema,
  SubjectVersion,
  TagRequest,
} from './entities.ts'
import { isMissing, noSubjectConfig, noSubjectMode, RegistryError } from './errors.ts'
import { Forwarding } from './forwarding.ts'
import { candidateOf, isBlank, type Knowledge, normalizes, readable } from './lookup.ts'
import { SchemaParser } from './parser.ts'
import type { Forward, SchemaLog } from './ports.ts'
import {
  byGuid,
  byId,
  type ContextId,
  holdersOf,
  idsOfGuid,
  latestWith,
  lookUp,
  referredBy,
  unaliased,
  versionIn,
  versionsIn,
} from './queries.ts'
import { problemsOf, type Registered, type RegisterOptions } from './register.ts'
import { tagsOf } from './retag.ts'
import { schemaLanguage } from './schemas/languages.ts'
import { type ParsedSchema, UnwritableData } from './schemas/schema-type.ts'
import type { SchemaTags } from './schemas/tags.ts'
import { configInScope, type LeveledConfig, modeInScope, ownConfig, ownMode } from './settings.ts'
import { normalSubject, prefixMatcher } from './subjects.ts'
import { SchemaTail } from './tail.ts'
import { SchemaWriter } from './writer.ts'

export interface RegistryOptions {
  readonly log: SchemaLog
  readonly forward: Forward
  readonly clock: Clock
  readonly logger: Logger
}

/** Who asks for a change, where another broker has to be asked. */
export interface Caller {
  /** The `Authorization` header that the other broker is shown. */
  readonly authorization?: string | undefined
  /** Another broker asks: it is not passed on once more. */
  readonly isForwarded?: boolean
}

export interface SchemaOptions {
  readonly withDeleted?: boolean
  /** As `ParsedSchema.formatted` takes it. */
  readonly format?: string
}

export interface TryOptions {
  readonly normalize: boolean
  /** Undefined: all versions; -1: the latest. */
  readonly version?: number | undefined
}

/**
 * The schema registry of a broker, which keeps everything in a topic and reads it with the first question. Subjects may be
 * written in any way that clients write them (`:.context:subject`). Everything rejects with a `RegistryError`.
 */
export class Registry {
  readonly #log: SchemaLog
  readonly #parser = new SchemaParser(schemaLanguage)
  readonly #tail: SchemaTail
  readonly #forwarding: Forwarding
  #isRead: Promise<void> | undefined

  constructor(options: RegistryOptions) {
    this.#log = options.log
    this.#tail = new SchemaTail(options)
    const writer = new SchemaWriter({ ...options, tail: this.#tail, parser: this.#parser })
    this.#forwarding = new Forwarding({ ...options, writer, tail: this.#tail })
  }

  /** `prefix` as `prefixMatcher` takes it: `:*:` all, empty the default context. */
  subjects(prefix = ':*:', filter: DeletedFilter = 'live'): Promise<string[]> {
    return this.#ask(({ state }) => state.subjects(prefixMatcher(prefix), filter))
  }

  versions(subject: string, filter: DeletedFilter = 'live'): Promise<StoredSchema[]> {
    return this.#ask(({ state }) => versionsIn(state, named(state, subject), filter))
  }

  /** `version` -1: the latest. */
  version(subject: string, version: number, options: SchemaOptions = {}): Promise<StoredSchema> {
    return this.#ask((knowledge) => {
      const { state } = knowledge
      return this.#formatted(
        knowledge,
        versionIn(state, named(state, subject), version, options.withDeleted === true),
        options.format,
      )
    })
  }

  /** Of all subjects that begin so and of those named, sorted by subject and version. */
  schemas(
    prefix: string,
    filter: DeletedFilter,
    latestOnly: boolean,
    others: readonly string[] = [],
  ): Promise<StoredSchema[]> {
    const [begins, named] = [prefixMatcher(prefix), new Set(others)]
    return this.#ask(({ state }) =>
      state
        .subjects((subject) => begins(subject) || named.has(subject), 'all')
        .flatMap((subject) => {
          const found = state.versions(subject, filter)
          return latestOnly ? found.slice(-1) : found
        }),
    )
  }

  /** Subjects that have other names which begin so, with those names. */
  aliases(prefix: string): Promise<ReadonlyMap<string, readonly string[]>> {
    return this.#ask(({ state }) => state.aliases(prefixMatcher(prefix)))
  }

  lookUp(
    subject: string,
    request: SchemaRequest,
    options: SchemaOptions & { readonly normalize: boolean },
  ): Promise<StoredSchema> {
    return this.#ask((knowledge) => {
      const { normalize, withDeleted = false, format } = options
      const found = lookUp(knowledge, named(knowledge.state, subject), request, { normalize, withDeleted })
      return this.#formatted(knowledge, found, format)
    })
  }

  latestWith(
    subject: string,
    properties: Readonly<Record<string, string>>,
    options: SchemaOptions = {},
  ): Promise<StoredSchema> {
    return this.#ask((knowledge) => {
      const { state } = knowledge
      const found = latestWith(state, named(state, subject), properties, options.withDeleted === true)
      return this.#formatted(knowledge, found, options.format)
    })
  }

  /** `subject`: where the id counts; a context, or a subject. */
  byId(id: number, subject = '', format?: string): Promise<StoredSchema> {
    return this.#ask((knowledge) => {
      const { state } = knowledge
      return this.#formatted(knowledge, byId(state, id, named(state, subject)), format)
    })
  }

  /** The messages of the latest version of a subject, where it is Protobuf. */
  async messages(subject: string): Promise<readonly string[]> {
    const { parsed } = await this.#latest(subject)
    if (parsed.type !== 'PROTOBUF') return []
    const { messageNames } = await import('./schemas/protobuf/encoder.ts')
    return messageNames(parsed)
  }

  #latest(subject: string): Promise<{ readonly id: number; readonly parsed: ParsedSchema }> {
    return this.#ask(({ state, parser }) => {
      const latest = versionIn(state, named(state, subject), -1, false)
      return { id: latest.id, parsed: readable(latest.schemaType, () => parser.parse(state, latest.subject, latest)) }
    })
  }

  /** What is JSON as the latest version of a subject writes it, with the schema's id in front as serializers put it. */
  async encode(subject: string, json: string, message?: string): Promise<Buffer> {
    const { id, parsed } = await this.#latest(subject)
    const { encoderOf, framed } = await import('./schemas/encode.ts')
    try {
      return framed(id, (await encoderOf(parsed, message))(json))
    } catch (error) {
      if (!(error instanceof UnwritableData)) throw error
      throw new RegistryError(422, `It does not fit the schema of ${subject}: ${error.message}`)
    }
  }

  maxId(subject = ''): Promise<number> {
    return this.#ask(({ state }) => state.maxId(named(state, subject)))
  }

  holders(id: number, subject = '', withDeleted = false): Promise<SubjectVersion[]> {
    return this.#ask(({ state }) =>
      holdersOf(state, id, named(state, subject), withDeleted).map(({ subject: name, version }) => ({
        subject: name,
        version,
      })),
    )
  }

  byGuid(guid: string, format?: string): Promise<StoredSchema> {
    return this.#ask((knowledge) => this.#formatted(knowledge, byGuid(knowledge.state, guid), format))
  }

  idsOfGuid(guid: string): Promise<ContextId[]> {
    return this.#ask(({ state }) => idsOfGuid(state, guid))
  }

  /** Ids of the schemas that refer to a version. */
  referredBy(subject: string, version: number, withDeleted = false): Promise<number[]> {
    return this.#ask(({ state }) =>
      referredBy(state, versionIn(state, named(state, subject), version, true), withDeleted),
    )
  }

  /** Why the schema can't follow; nothing where it can. */
  problems(subject: string, request: SchemaRequest, { normalize, version }: TryOptions): Promise<string[]> {
    return this.#ask((knowledge) => {
      const { state } = knowledge
      const name = named(state, subject)
      const config = configInScope(state, name)
      const earlier = earlierVersions(knowledge, name, version)
      const asked = { normalize: normalizes(state, name, normalize), isNew: config.validateNewSchemas !== false }
      if (isBlank(request.schema)) throw new RegistryError(42201, 'Empty schema')
      const candidate = candidateOf(knowledge, name, { ...request, schema: request.schema }, asked)
      return problemsOf(knowledge, name, candidate, config, earlier)
    })
  }

  register(
    subject: string,
    request: SchemaRequest,
    options: RegisterOptions,
    caller?: Caller,
  ): Promise<Registered | StoredSchema> {
    return this.#do(() => registerCommand(subject, request, options), caller)
  }

  /** Registers a version once more, with other tags in its text. */
  changeTags(
    subject: string,
    version: number,
    request: TagRequest,
    caller?: Caller,
  ): Promise<Registered | StoredSchema> {
    return this.#do(() => tagCommand(subject, version, request), caller)
  }

  /** The tags in the text of a version: all, or those of entities that have one of the tags named. */
  tags(schema: StoredSchema, named: readonly string[]): Promise<readonly SchemaTags[]> {
    const wanted = new Set(named)
    return this.#ask((knowledge) =>
      tagsOf(knowledge, schema).filter(({ tags }) => wanted.has('*') || tags.some((tag) => wanted.has(tag))),
    )
  }

  deleteVersion(subject: string, version: number, permanent: boolean, caller?: Caller): Promise<number> {
    return this.#do(() => deleteVersionCommand(subject, version, permanent), caller)
  }

  /** Gives the versions that it deleted. */
  deleteSubject(subject: string, permanent: boolean, caller?: Caller): Promise<number[]> {
    return this.#do(() => deleteSubjectCommand(subject, permanent), caller)
  }

  contexts(): Promise<string[]> {
    return this.#ask(({ state }) => state.contexts)
  }

  /** `context`: as its subjects begin. */
  deleteContext(context: string, caller?: Caller): Promise<undefined> {
    return this.#do(() => deleteContextCommand(context), caller)
  }

  /** `subject` undefined: of everything. `inScope`: what counts for it, its own or not. */
  config(subject: string | undefined, inScope: boolean): Promise<LeveledConfig> {
    return this.#ask(({ state }) => {
      const name = settingsSubject(subject)
      const found = inScope ? configInScope(state, name) : ownConfig(state, name)
      if (found === undefined) throw noSubjectConfig(name ?? '')
      return found
    })
  }

  setConfig(subject: string | undefined, change: ConfigChange, caller?: Caller): Promise<Config> {
    return this.#do(() => configCommand(subject, change), caller)
  }

  /** Gives what was set. */
  deleteConfig(subject: string | undefined, caller?: Caller): Promise<LeveledConfig> {
    return this.#do(() => deleteConfigCommand(subject), caller)
  }

  mode(subject: string | undefined, inScope: boolean): Promise<Mode> {
    return this.#ask(({ state }) => {
      const name = settingsSubject(subject)
      const found = inScope ? modeInScope(state, name) : ownMode(state, name)
      if (found === undefined) throw noSubjectMode(name ?? '')
      return found
    })
  }

  setMode(subject: string | undefined, mode: Mode | undefined, force: boolean, caller?: Caller): Promise<undefined> {
    return this.#do(() => modeCommand(subject, mode, force), caller)
  }

  /** Gives what was set. */
  deleteMode(subject: string | undefined, recursive: boolean, caller?: Caller): Promise<Mode | undefined> {
    return this.#do(() => deleteModeCommand(subject, recursive), caller)
  }

  /** Ends the reading of the topic; what is under way is refused. */
  close(): Promise<void> {
    return this.#tail.close()
  }

  #formatted({ state, parser }: Knowledge, schema: StoredSchema, format: string | undefined): StoredSchema {
    if (isBlank(format)) return schema
    const text = readable(schema.schemaType, () => parser.parse(state, schema.subject, schema).formatted(format))
    return { ...schema, schema: text }
  }

  /** What this broker does not know may be known where the topic is led: it looks there before it says no. */
  async #ask<T>(query: (knowledge: Knowledge) => T): Promise<T> {
    await this.#begun()
    try {
      return await this.#know(query)
    } catch (error) {
      if (!isMissing(error) || this.#log.place()?.isHere === true) throw error
    }
    await this.#tail.caughtUp()
    return this.#know(query)
  }

  async #do<T>(make: () => Command<T>, caller: Caller = {}): Promise<T> {
    const command = make()
    await this.#begun()
    const { known } = command
    const answer = known && (await this.#know(known))
    return answer ?? this.#forwarding.carryOut(command, caller)
  }

  #know<T>(query: (knowledge: Knowledge) => T): Promise<T> {
    return this.#parser.withLanguages(() => query({ state: this.#tail.state, parser: this.#parser }))
  }

  #begun(): Promise<void> {
    this.#isRead ??= this.#tail.caughtUp().catch((error) => {
      this.#isRead = undefined
      throw error
    })
    return this.#isRead
  }
}

function named(state: Knowledge['state'], subject: string): string {
  return unaliased(state, normalSubject(subject))
}

function earlierVersions({ state }: Knowledge, subject: string, version: number | undefined): StoredSchema[] {
  if (version === undefined) return state.versions(subject, 'live')
  if (version === -1) return state.versions(subject, 'live').slice(-1)
  const found = state.version(subject, version)
  if (found === undefined || found.deleted) throw new RegistryError(40402, `Version ${version} not found.`)
  return [found]
}
