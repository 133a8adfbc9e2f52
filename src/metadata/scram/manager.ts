import { KafkaError } from '../../base/errors.ts'
import { metadataVersionOf, supportsScram } from '../features.ts'
import type { MetadataImage } from '../image.ts'
import type { ScramCredentialImage } from '../image-types.ts'
import type { Manager } from '../manager.ts'
import { type MetadataRecord, metadataRecord } from '../records.ts'
import type { ScramAlterationResult, ScramCommands, ScramDeletion } from './commands.ts'
import { isScramType, MAX_SCRAM_ITERATIONS, MIN_SCRAM_ITERATIONS } from './limits.ts'

/** Credentials of users (KIP-554). Of each user only one may be altered by one request; the others fail alone. */
export function scramManager(): Manager<ScramCommands> {
  return {
    alterUserScramCredentials({ deletions, upsertions }, { image }) {
      const drafts = new Map<string, Draft>()
      for (const deletion of deletions) {
        draft(drafts, deletion.name, () => {
          checkDeletion(image, deletion)
          return metadataRecord('RemoveUserScramCredentialRecord', deletion)
        })
      }
      for (const upsertion of upsertions) {
        draft(drafts, upsertion.name, () => {
          checkUpsertion(image, upsertion)
          return metadataRecord('UserScramCredentialRecord', upsertion)
        })
      }
      const records = [...drafts.values()].flatMap((made) => ('record' in made ? [made.record] : []))
      return { records, reply: Array.from(drafts, ([user, made]) => resultOf(user, made)) }
    },
  }
}

type Draft = { readonly record: MetadataRecord } | { readonly error: KafkaError }

function draft(drafts: Map<string, Draft>, user: string, make: () => MetadataRecord): void {
  const known = drafts.get(user)
  if (known !== undefined && 'error' in known) return
  const error =
    known === undefined
      ? undefined
      : new KafkaError('DUPLICATE_RESOURCE', 'A user credential cannot be altered twice in the same request')
  drafts.set(user, error === undefined ? orError(make) : { error })
}

function orError(make: () => MetadataRecord): Draft {
  try {
    return { record: make() }
  } catch (error) {
    if (error instanceof KafkaError) return { error }
    throw error
  }
}

function checkDeletion(image: MetadataImage, { name, mechanism }: ScramDeletion): void {
  checkNames(image, name, mechanism)
  if (image.scramCredential(mechanism, name) === undefined) {
    throw new KafkaError('RESOURCE_NOT_FOUND', 'Attempt to delete a user credential that does not exist')
  }
}

function checkUpsertion(image: MetadataImage, { name, mechanism, iterations }: ScramCredentialImage): void {
  checkNames(image, name, mechanism)
  if (iterations < MIN_SCRAM_ITERATIONS) throw new KafkaError('UNACCEPTABLE_CREDENTIAL', 'Too few iterations')
  if (iterations > MAX_SCRAM_ITERATIONS) throw new KafkaError('UNACCEPTABLE_CREDENTIAL', 'Too many iterations')
}

function checkNames(image: MetadataImage, user: string, mechanism: number): void {
  if (!supportsScram(metadataVersionOf(image))) {
    throw new KafkaError('UNSUPPORTED_VERSION', 'The current metadata.version does not support SCRAM')
  }
  if (user === '') throw new KafkaError('UNACCEPTABLE_CREDENTIAL', 'Username must not be empty')
  if (!isScramType(mechanism)) throw new KafkaError('UNSUPPORTED_SASL_MECHANISM', 'Unknown SCRAM mechanism')
}

function resultOf(user: string, made: Draft): ScramAlterationResult {
  if ('record' in made) return { user, error: 'NONE', message: null }
  return { user, error: made.error.error, message: made.error.detail }
}
