import { median } from './parse.ts'

/** One number for each metric; the unit is in the name. */
export type Measures = Record<string, number>

/** Medians of the rounds of both brokers beside each other, and what matters: their ratio. */
export function table(results: ReadonlyMap<string, readonly Measures[]>): string {
  const middle = (target: string, metric: string) =>
    median((results.get(target) ?? []).map((each) => each[metric] ?? Number.NaN))
  const shown = (value: number) => (Number.isNaN(value) ? '–' : value >= 100 ? value.toFixed(0) : value.toPrecision(3))
  const metrics = [...new Set([...results.values()].flat().flatMap((each) => Object.keys(each)))]
  const rows = metrics.map((metric) => {
    const [kafka, ours] = [middle('kafka', metric), middle('odradek', metric)]
    return `| ${metric} | ${shown(kafka)} | ${shown(ours)} | ${shown(ours / kafka)} |`
  })
  return ['| median | Kafka | Odradek | ratio |', '|---|---:|---:|---:|', ...rows].join('\n')
}
