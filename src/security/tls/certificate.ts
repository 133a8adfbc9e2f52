import { childOf, childrenOf, type Der, DerError, readDer, Tag } from './der.ts'
import { distinguishedName } from './distinguished-name.ts'

/** The names of a certificate, as they are in it. */
export function subjectAndIssuerOf(certificate: Buffer): { readonly subject: Buffer; readonly issuer: Buffer } {
  const { subject, issuer } = namesOf(certificate)
  return { subject: subject.whole, issuer: issuer.whole }
}

/** The subject as Java writes it (RFC 2253): `CN=…,O=…`. @throws DerError */
export function subjectOf(certificate: Buffer): string {
  return distinguishedName(namesOf(certificate).subject)
}

/** tbsCertificate: [0] version?, serial, algorithm, issuer, validity, subject… */
function namesOf(certificate: Buffer): { readonly subject: Der; readonly issuer: Der } {
  const fields = childrenOf(childOf(readDer(certificate), 0, Tag.SEQUENCE))
  const at = fields[0]?.tag === Tag.CONTEXT_0 ? 1 : 0
  const issuer = fields[at + 2]
  const subject = fields[at + 4]
  if (issuer === undefined || subject === undefined) throw new DerError('a certificate is cut off')
  return { issuer, subject }
}
