import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

/** What a scrape adds. */
const OF_TARGETS = ['instance', 'job']
/** Series of Prometheus's own, one for each target. */
const OWN = new Set(['up'])

export function samples(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const found = /^(?<name>[a-z_A-Z0-9:]+)(?:\{(?<labels>.*)\})? \S+$/.exec(line)?.groups
    if (found?.name === undefined) return []
    const labels = [...(found.labels ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)]
    return [{ name: found.name, labels: Object.fromEntries(labels.map(([, key, value]) => [key, value])) }]
  })
}

/** Says what is wrong with PromQL for brokers that export these samples. */
export class PromqlCheck {
  readonly #byName: ReadonlyMap<string, readonly Sample[]>

  constructor(exported: readonly Sample[]) {
    this.#byName = Map.groupBy(exported, ({ name }) => name)
  }

  /** Problems of an expression; `used` are labels that somebody makes a legend or a message of. */
  problems(expression: string, used: readonly string[] = []): string[] {
    const problems: string[] = []
    const tree = parser.parse(expression)
    const walk = new Walk(expression, this.#byName, problems)
    const labels = walk.labelsOf(tree.topNode)
    for (const label of used) {
      if (labels === undefined || !labels.has(label)) problems.push(`no label ${label} is left of ${expression}`)
    }
    return problems
  }
}

type Labels = ReadonlySet<string> | undefined

class Walk {
  readonly #text: string
  readonly #byName: ReadonlyMap<string, readonly Sample[]>
  readonly #problems: string[]

  constructor(text: string, byName: ReadonlyMap<string, readonly Sample[]>, problems: string[]) {
    this.#text = text
    this.#byName = byName
    this.#problems = problems
  }

  /** The labels that what a node says may have; undefined: it is a number. */
  labelsOf(node: SyntaxNode): Labels {
    if (node.type.isError) {
      this.#problems.push(`can't be read at ${node.from}: ${this.#text}`)
      return undefined
    }
    if (node.name === 'VectorSelector') return this.#selector(node)
    const labels = children(node).map((child) => this.labelsOf(child))
    const [first] = labels.filter((each) => each !== undefined)
    if (node.name === 'AggregateExpr') return this.#aggregate(node, first)
    if (node.name === 'BinaryExpr') this.#checkMatching(node, labels)
    if (node.name === 'FunctionCall' && node.getChild('FunctionIdentifier')?.getChild('Scalar')) return undefined
    return first
  }

  #selector(node: SyntaxNode): Labels {
    const name = this.#of(node.getChild('Identifier'))
    if (OWN.has(name)) return new Set(OF_TARGETS)
    const exported = this.#byName.get(name)
    if (exported === undefined) {
      this.#problems.push(`${name} is not exported`)
      return new Set(OF_TARGETS)
    }
    const matchers = node.getChild('LabelMatchers')
    const matching = matchers === null ? [] : matchers.getChildren('UnquotedLabelMatcher')
    let left = exported
    for (const matcher of matching) left = this.#matched(name, left, matcher)
    if (left.length === 0) this.#problems.push(`nothing matches ${this.#of(node)}`)
    return new Set([...OF_TARGETS, ...exported.flatMap(({ labels }) => Object.keys(labels))])
  }

  #matched(name: string, from: readonly Sample[], matcher: SyntaxNode): readonly Sample[] {
    const label = this.#of(matcher.getChild('LabelName'))
    if (OF_TARGETS.includes(label)) return from
    if (!(this.#byName.get(name) ?? []).some(({ labels }) => label in labels)) {
      this.#problems.push(`${name} has no label ${label}`)
    }
    const value = JSON.parse(this.#of(matcher.getChild('StringLiteral'))) as string
    const operator = this.#of(matcher.getChild('MatchOp'))
    const isEqual = (text: string) =>
      operator.endsWith('~') ? new RegExp(`^(?:${value})$`).test(text) : text === value
    return from.filter(({ labels }) => isEqual(labels[label] ?? '') !== operator.startsWith('!'))
  }

  #aggregate(node: SyntaxNode, inner: Labels): Labels {
    const modifier = node.getChild('AggregateModifier')
    const named = this.#grouping(modifier)
    for (const label of named) {
      if (!inner?.has(label)) this.#problems.push(`there is no label ${label} to group by in ${this.#of(node)}`)
    }
    const operation = this.#of(node.getChild('AggregateOp'))
    if (/^(topk|bottomk)$/.test(operation)) return inner
    if (modifier?.getChild('Without')) return new Set([...(inner ?? [])].filter((label) => !named.includes(label)))
    return new Set(named)
  }

  /** Two vectors meet by the labels that both have. */
  #checkMatching(node: SyntaxNode, labels: readonly Labels[]): void {
    const [left, right] = labels.filter((each) => each !== undefined)
    if (left === undefined || right === undefined || node.getChild('MatchingModifierClause')) return
    if (left.size !== right.size || [...left].some((label) => !right.has(label)))
      this.#problems.push(`sides have other labels: ${this.#of(node)}`)
  }

  #grouping(modifier: SyntaxNode | null): string[] {
    const labels = modifier?.getChild('GroupingLabels')
    return labels?.getChildren('LabelName').map((label) => this.#of(label)) ?? []
  }

  #of(node: SyntaxNode | null): string {
    return node === null ? '' : this.#text.slice(node.from, node.to)
  }
}

function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = []
  for (let child = node.firstChild; child !== null; child = child.nextSibling) found.push(child)
  return found
}
