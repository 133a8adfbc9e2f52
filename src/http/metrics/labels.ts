/** Labels as they are written: for series of which there are thousands, and the same ones in every scrape. */
export class WrittenLabels {
  readonly text: string

  constructor(labels: Labels) {
    this.text = labelText(labels)
  }
}

export type Labels = Readonly<Record<string, string | number>>

export function labelText(labels: Labels): string {
  let written = ''
  for (const key in labels) {
    const label = labels[key]
    const text = typeof label === 'number' ? String(label) : quoted(label ?? '')
    written += `${written === '' ? '' : ','}${key}="${text}"`
  }
  return written === '' ? '' : `{${written}}`
}

const SPECIAL = /["\\\n]/

function quoted(text: string): string {
  return SPECIAL.test(text) ? escaped(text).replaceAll('"', '\\"') : text
}

export function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}
