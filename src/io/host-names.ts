import { lookup } from 'node:dns/promises'

/** The address that the name of a host stands for; undefined: for none that the system knows of. */
export type AddressOf = (name: string) => Promise<string | undefined>

/** As Java has it: the first one, IPv4 before IPv6. */
export const addressOf: AddressOf = async (name) => {
  try {
    return (await lookup(name, { order: 'ipv4first' })).address
  } catch {
    return undefined
  }
}
