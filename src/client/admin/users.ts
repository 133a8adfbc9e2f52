import { pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { ErrorCode } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  MIN_ITERATIONS,
  NONCE_BYTES,
  nonceOf,
  type ScramMechanismName,
  SHA_256,
  SHA_512,
  scramMechanismOfType,
} from '../../security/sasl/scram-formulas.ts'
import type { KafkaClient } from '../client.ts'
import { kafkaError, throwIfError } from '../client-error.ts'

export interface ScramUser {
  readonly name: string
  readonly credentials: readonly { readonly mechanism: ScramMechanismName; readonly iterations: number }[]
}

/** All users that log in by SCRAM, or those of the names that there are. */
export async function listUsers(client: KafkaClient, names: readonly string[] | null = null): Promise<ScramUser[]> {
  const answer = await client.any({
    api: ApiKey.DescribeUserScramCredentials,
    body: { users: names?.map((name) => ({ name })) ?? null },
  })
  throwIfError(answer)
  const users = answer.results.flatMap((result): ScramUser[] => {
    if (result.errorCode === ErrorCode.RESOURCE_NOT_FOUND) return []
    throwIfError(result)
    const credentials = result.credentialInfos.flatMap(({ mechanism, iterations }) => {
      const name = scramMechanismOfType(mechanism)?.name
      return name === undefined ? [] : [{ mechanism: name, iterations }]
    })
    return [{ name: result.user, credentials }]
  })
  return users.sort((a, b) => (a.name < b.name ? -1 : 1))
}

export interface NewCredential {
  readonly name: string
  readonly mechanism: ScramMechanismName
  readonly password: string
  /** 4,096 where left out. */
  readonly iterations?: number
}

const salted = promisify(pbkdf2)

/** The password itself does not leave this process. @throws KafkaError */
export async function setUser(client: KafkaClient, credential: NewCredential): Promise<void> {
  const { name, mechanism, password, iterations = MIN_ITERATIONS } = credential
  const { type, bytes, hash } = factsOf(mechanism)
  const salt = Buffer.from(nonceOf(randomBytes(NONCE_BYTES)))
  const saltedPassword = await salted(Buffer.from(password), salt, iterations, bytes, hash)
  await alter(client, { deletions: [], upsertions: [{ name, mechanism: type, iterations, salt, saltedPassword }] })
}

/** @throws KafkaError where the user has no such credential */
export async function deleteUser(client: KafkaClient, name: string, mechanism: ScramMechanismName): Promise<void> {
  await alter(client, { deletions: [{ name, mechanism: factsOf(mechanism).type }], upsertions: [] })
}

interface Change {
  readonly deletions: { readonly name: string; readonly mechanism: number }[]
  readonly upsertions: {
    readonly name: string
    readonly mechanism: number
    readonly iterations: number
    readonly salt: Buffer
    readonly saltedPassword: Buffer
  }[]
}

async function alter(client: KafkaClient, body: Change): Promise<void> {
  const { results } = await client.controller({
    api: ApiKey.AlterUserScramCredentials,
    body,
    errorOf: (answer) => answer.results[0]?.errorCode ?? 0,
  })
  for (const { errorCode, errorMessage } of results) {
    if (errorCode !== 0) throw kafkaError(errorCode, errorMessage)
  }
}

function factsOf(mechanism: ScramMechanismName) {
  return mechanism === 'SCRAM-SHA-256' ? SHA_256 : SHA_512
}
