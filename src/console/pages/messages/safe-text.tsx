import { Fragment, useMemo } from 'react'
import { type Piece, pieces } from './data.ts'
import { pretty, type Token } from './json.ts'

/** Text of strangers: shown as it is, never as something else. What can not be seen is written out, and nothing turns its neighbours around. */
export function SafeText({ text }: { readonly text: string }) {
  const parts = useMemo(() => pieces(text), [text])
  return <span className="safe">{parts.map(drawn)}</span>
}

function drawn({ text, name }: Piece, at: number) {
  if (name === undefined) return <Fragment key={at}>{text}</Fragment>
  return (
    <i key={at} className="unseen-mark" title={`A character that can not be seen: ${name}`}>
      {text}
    </i>
  )
}

/** JSON, indented and in colours. */
export function JsonText({ text }: { readonly text: string }) {
  const tokens = useMemo(() => merged(pretty(text)), [text])
  return (
    <span className="safe">
      {tokens.map(({ kind, text: words }, at) => {
        const inner = kind === 'mark' || kind === 'number' ? words : pieces(words).map(drawn)
        return kind === 'mark' ? (
          <Fragment key={at}>{inner}</Fragment>
        ) : (
          <span key={at} className={`json-${kind}`}>
            {inner}
          </span>
        )
      })}
    </span>
  )
}

/** Neighbours of one kind are one piece of the page. */
function merged(tokens: readonly Token[]): readonly Token[] {
  const found: Token[] = []
  for (const token of tokens) {
    const last = found.at(-1)
    if (last?.kind === 'mark' && token.kind === 'mark')
      found[found.length - 1] = { kind: 'mark', text: last.text + token.text }
    else found.push(token)
  }
  return found
}
