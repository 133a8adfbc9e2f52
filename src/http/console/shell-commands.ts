/** An address of the cluster for commands, and whether they have to say who they are there. */
export interface CommandTarget {
  readonly bootstrap: string
  readonly isSecured: boolean
}

/** The file that whoever copies a command has for logins and TLS, under the name that Kafka's documentation gives it. */
export const CLIENT_FILE = 'client.properties'

/** Strangers choose names: whatever is in one, a shell takes it as text. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** A command of Kafka's own. */
export function kafkaTool(name: string, { bootstrap, isSecured }: CommandTarget, words: readonly string[]): string {
  const secured = isSecured ? ['--command-config', CLIENT_FILE] : []
  return [`kafka-${name}.sh`, '--bootstrap-server', bootstrap, ...secured, ...words].map(shellWord).join(' ')
}

/** The same by the command of this project. */
export function ownTool({ bootstrap, isSecured }: CommandTarget, words: readonly string[]): string {
  const secured = isSecured ? ['-c', CLIENT_FILE] : []
  return ['odradek', ...words, '--bootstrap-server', bootstrap, ...secured].map(shellWord).join(' ')
}
