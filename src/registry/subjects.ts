/**
 * A subject may live in a context of its own, with its own ids: `:.context:subject`. The context of all others is `.`;
 * `:*:` stands for every context, and settings of `:.__GLOBAL:` count where nothing else is set.
 */
export interface QualifiedSubject {
  /** With its dot. */
  readonly context: string
  readonly subject: string
}

export const DEFAULT_CONTEXT = '.'
export const ANY_CONTEXT = ':*:'
const GLOBAL_CONTEXT = '.__GLOBAL'
const PREFIX = ':.'
const RESERVED = new Set(['__GLOBAL', '__EMPTY'])

export function qualified(text: string): QualifiedSubject {
  if (text.startsWith(PREFIX)) {
    const end = text.indexOf(':', PREFIX.length)
    return end < 0
      ? { context: text.slice(1), subject: '' }
      : { context: text.slice(1, end), subject: text.slice(end + 1) }
  }
  if (text.startsWith(ANY_CONTEXT)) return { context: '*', subject: text.slice(ANY_CONTEXT.length) }
  return { context: DEFAULT_CONTEXT, subject: text }
}

/** How subjects of the context begin. */
export function prefixOf(context: string): string {
  return context === DEFAULT_CONTEXT ? '' : `:${context}:`
}

export function subjectText({ context, subject }: QualifiedSubject): string {
  return prefixOf(context) + subject
}

/** One spelling for each: `:.:a` is `a`, `:.c` is `:.c:`. */
export function normalSubject(text: string): string {
  return subjectText(qualified(text))
}

export const contextOf = (subject: string): string => qualified(subject).context

/** A subject that another one names: without a context of its own it is in that one's. */
export function relativeTo(parent: string, subject: string): string {
  const named = qualified(subject)
  return named.context === DEFAULT_CONTEXT ? prefixOf(contextOf(parent)) + named.subject : subjectText(named)
}

/** All settings that have no subject. */
export function isDefaultContext(subject: string): boolean {
  const { context, subject: name } = qualified(subject)
  return context === DEFAULT_CONTEXT && name === ''
}

export const isGlobalContext = (subject: string): boolean => contextOf(subject) === GLOBAL_CONTEXT

export const GLOBAL_SETTINGS = `:${GLOBAL_CONTEXT}:`

/** `forSettings`: for a config or a mode, which contexts have too. */
export function isValidSubject(text: string, forSettings: boolean): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text)) return false
  const { context, subject } = qualified(text)
  if (RESERVED.has(subject)) return false
  return forSettings || (context !== GLOBAL_CONTEXT && context !== '*')
}

/** `context` as clients write it in paths: with or without its dot and colons. Undefined: it can't be one. */
export function contextPrefix(context: string): string | undefined {
  let name = context.startsWith(':') ? context.slice(1) : context
  if (name.endsWith(':')) name = name.slice(0, -1)
  if (name.includes(':')) return undefined
  return prefixOf(name.startsWith('.') ? name : `.${name}`)
}

/** Which subjects a text means: itself, or where it names only a context all of that. */
export function matcherOf(text: string | undefined): (subject: string) => boolean {
  if (text === undefined) return () => true
  const { context, subject } = qualified(text)
  if (subject !== '' || context === DEFAULT_CONTEXT) return (candidate) => candidate === text
  return (candidate) => context === GLOBAL_CONTEXT || contextOf(candidate) === context
}

/** Which subjects begin so, in the context that the prefix names (none: the default one) or in all. */
export function prefixMatcher(prefix: string): (subject: string) => boolean {
  const wanted = qualified(prefix)
  return (candidate) => {
    const { context, subject } = qualified(candidate)
    return (wanted.context === '*' || context === wanted.context) && subject.startsWith(wanted.subject)
  }
}
