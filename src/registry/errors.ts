/** A refusal as clients read it: the code begins with the HTTP status where it has five digits. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError'
  readonly status: number
  readonly code: number

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.status = code >= 10_000 ? Math.floor(code / 100) : code
  }
}

/** Nothing of the kind is there. */
export const isMissing = (error: unknown): boolean => error instanceof RegistryError && error.status === 404

export const subjectNotFound = (subject: string) => new RegistryError(40401, `Subject '${subject}' not found.`)

export const versionNotFound = (version: number) => new RegistryError(40402, `Version ${version} not found.`)

export const schemaNotFound = (what?: number | string) =>
  new RegistryError(40403, what === undefined ? 'Schema not found' : `Schema ${what} not found`)

// The missing space is Confluent's: clients compare messages.
export const subjectSoftDeleted = (subject: string) =>
  new RegistryError(40404, `Subject '${subject}' was soft deleted.Set permanent=true to delete permanently`)

export const subjectNotSoftDeleted = (subject: string) =>
  new RegistryError(40405, `Subject '${subject}' was not deleted first before being permanently deleted`)

export const versionSoftDeleted = (subject: string, version: number) =>
  new RegistryError(
    40406,
    `Subject '${subject}' Version ${version} was soft deleted.Set permanent=true to delete permanently`,
  )

export const versionNotSoftDeleted = (subject: string, version: number) =>
  new RegistryError(
    40407,
    `Subject '${subject}' Version ${version} was not deleted first before being permanently deleted`,
  )

export const noSubjectConfig = (subject: string) =>
  new RegistryError(40408, `Subject '${subject}' does not have subject-level compatibility configured`)

export const noSubjectMode = (subject: string) =>
  new RegistryError(40409, `Subject '${subject}' does not have subject-level mode configured`)

export const incompatible = (subject: string, problems: readonly string[]) =>
  new RegistryError(
    40901,
    'Schema being registered is incompatible with an earlier schema for subject ' +
      `"${subject}", details: [${problems.join(', ')}]`,
  )

export const INVALID_SCHEMA = 42201
export const invalidSchema = (message: string) => new RegistryError(INVALID_SCHEMA, message)

export const invalidVersion = (version: string) =>
  new RegistryError(
    42202,
    `The specified version '${version}' is not a valid version id. ` +
      'Allowed values are between [1, 2^31-1] and the string "latest"',
  )

export const invalidCompatibility = () =>
  new RegistryError(
    42203,
    'Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, ' +
      'forward_transitive, and full_transitive',
  )

export const invalidMode = (
  message = 'Invalid mode. Valid values are READWRITE, READONLY, READONLY_OVERRIDE and IMPORT.',
) => new RegistryError(42204, message)

export const notPermitted = (message: string) => new RegistryError(42205, message)

export const referenceExists = (subject: string, version: number) =>
  new RegistryError(
    42206,
    `One or more references exist to the schema {magic=1,keytype=SCHEMA,subject=${subject},version=${version}}.`,
  )

export const invalidSubject = (subject: string) =>
  new RegistryError(42208, `The specified subject '${subject}' is not a valid subject.`)

export const schemaTooLarge = () => new RegistryError(42209, 'Register operation failed because schema is too large')

export const invalidRules = (message: string) => new RegistryError(42210, message)

export const contextNotEmpty = (context: string) =>
  new RegistryError(42211, `The specified context '${context}' is not empty.`)

export const storeFailed = (message: string, cause?: unknown) => new RegistryError(50001, message, { cause })

export const timedOut = (message: string, cause?: unknown) => new RegistryError(50002, message, { cause })

export const forwardingFailed = (message: string, cause?: unknown) => new RegistryError(50003, message, { cause })

export const leaderUnknown = (message: string) => new RegistryError(50004, message)
