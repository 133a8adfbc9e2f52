import { type MetadataRecord, metadataRecord } from '../metadata/records.ts'
import {
  credentialOf,
  MAX_ITERATIONS,
  MIN_ITERATIONS,
  NONCE_BYTES,
  nonceOf,
  type ScramMechanismFacts,
  saltedPassword,
  scramMechanism,
} from '../security/sasl/scram-formulas.ts'
import { UserError } from './user-error.ts'

const DEFAULT_ITERATIONS = 4096
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/
const WHOLE = /^[+-]?\d{1,9}$/

/**
 * `SCRAM-SHA-256=[name=alice,password=…]`, as `kafka-storage.sh format --add-scram` takes it, as the record of the new
 * cluster's first user. Of what may be a password, nothing gets into a sentence.
 */
export function scramRecord(argument: string, random: (bytes: number) => Buffer): MetadataRecord {
  const { mechanism, components } = parts(argument.trim())
  const {
    name,
    salt: givenSalt,
    iterations: rounds,
    password,
    saltedpassword,
    ...unknown
  } = Object.fromEntries(components)
  if (name === undefined) throw new UserError("You must supply 'name' to add-scram")
  const salt = givenSalt === undefined ? Buffer.from(nonceOf(random(NONCE_BYTES))) : decoded('salt', givenSalt)
  const iterations = rounds === undefined ? DEFAULT_ITERATIONS : wholeNumber(rounds)
  if (password === undefined && saltedpassword === undefined) {
    throw new UserError("You must supply one of 'password' or 'saltedpassword' to add-scram")
  }
  if (password === undefined && givenSalt === undefined) {
    throw new UserError("You must supply 'salt' with 'saltedpassword' to add-scram")
  }
  const given = password === undefined ? decoded('saltedPassword', saltedpassword ?? '') : undefined
  const strangers = Object.keys(unknown)
  if (strangers.length > 0) throw new UserError(`Unknown SCRAM configurations: ${strangers.join(', ')}`)
  checkIterations(mechanism, iterations)
  const salted = given ?? saltedPassword(mechanism, password ?? '', salt, iterations)
  const { type } = mechanism
  return metadataRecord('UserScramCredentialRecord', {
    name,
    mechanism: type,
    ...credentialOf(mechanism, salted, salt, iterations),
  })
}

function parts(argument: string): { mechanism: ScramMechanismFacts; components: [string, string][] } {
  const equals = argument.indexOf('=')
  if (equals < 0) throw new UserError('Failed to find equals sign in SCRAM argument')
  const name = argument.slice(0, equals)
  const mechanism = scramMechanism(name)
  if (mechanism === undefined) throw new UserError(`The add-scram mechanism ${name} is not supported.`)
  const text = argument.slice(equals + 1)
  if (!text.startsWith('[')) throw new UserError('Expected configuration string to start with [')
  if (!text.endsWith(']')) throw new UserError('Expected configuration string to end with ]')
  return { mechanism, components: text.slice(1, -1).split(',').map(component) }
}

function component(text: string): [string, string] {
  const equals = text.indexOf('=')
  if (equals < 0) throw new UserError('No equals sign found in a SCRAM component')
  const value = text.slice(equals + 1)
  const isQuoted = value.length >= 2 && value.startsWith('"') && value.endsWith('"')
  return [text.slice(0, equals), isQuoted ? value.slice(1, -1) : value]
}

function decoded(what: string, text: string): Buffer {
  if (!BASE64.test(text)) throw new UserError(`Failed to decode given ${what}`)
  return Buffer.from(text, 'base64')
}

function wholeNumber(text: string): number {
  if (!WHOLE.test(text)) throw new UserError(`Failed to parse iterations count: ${text}`)
  return Number(text)
}

function checkIterations({ name }: ScramMechanismFacts, iterations: number): void {
  const type = name.replaceAll('-', '_')
  if (iterations < MIN_ITERATIONS) {
    throw new UserError(`The 'iterations' value must be >= ${MIN_ITERATIONS} for add-scram using ${type}`)
  }
  if (iterations > MAX_ITERATIONS) {
    throw new UserError(`The 'iterations' value must be <= ${MAX_ITERATIONS} for add-scram using ${type}`)
  }
}
