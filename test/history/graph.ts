/** Tarjan's strongly connected components of more than one node; without recursion, because histories are long. */
export function components(size: number, next: (node: number) => readonly number[]): number[][] {
  const order = new Int32Array(size).fill(-1)
  const low = new Int32Array(size)
  const isOpen = new Uint8Array(size)
  const open: number[] = []
  const found: number[][] = []
  let count = 0
  for (let root = 0; root < size; root++) {
    if ((order[root] ?? 0) >= 0) continue
    const path: { readonly node: number; at: number }[] = []
    const enter = (node: number) => {
      order[node] = low[node] = count++
      open.push(node)
      isOpen[node] = 1
      path.push({ node, at: 0 })
    }
    enter(root)
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { node } = top
      const to = next(node)[top.at++]
      if (to === undefined) {
        path.pop()
        const above = path.at(-1)?.node
        if (above !== undefined) low[above] = Math.min(low[above] ?? 0, low[node] ?? 0)
        if (low[node] !== order[node]) continue
        const component: number[] = []
        for (let member = -1; member !== node; ) {
          member = open.pop() ?? node
          isOpen[member] = 0
          component.push(member)
        }
        if (component.length > 1) found.push(component)
      } else if ((order[to] ?? 0) < 0) enter(to)
      else if (isOpen[to] === 1) low[node] = Math.min(low[node] ?? 0, order[to] ?? 0)
    }
  }
  return found
}

/** A shortest way from a node back to itself within a component. */
export function shortestCycle(component: readonly number[], next: (node: number) => readonly number[]): number[] {
  const members = new Set(component)
  let best: number[] = []
  for (const start of component.slice(0, 50)) {
    const cameFrom = new Map<number, number>()
    const queue = [start]
    search: for (let at = 0; at < queue.length; at++) {
      const node = queue[at] ?? start
      for (const to of next(node)) {
        if (to === start) {
          const cycle = [node]
          for (let step = node; step !== start; ) {
            step = cameFrom.get(step) ?? start
            cycle.unshift(step)
          }
          if (best.length === 0 || cycle.length < best.length) best = cycle
          break search
        }
        if (!members.has(to) || cameFrom.has(to)) continue
        cameFrom.set(to, node)
        queue.push(to)
      }
    }
  }
  return best
}
