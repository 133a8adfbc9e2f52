/** `warning`: it works, but not as well as it might. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'problem'
  readonly about: string
  readonly text: string
  /** What to do. */
  readonly fix?: string
}
