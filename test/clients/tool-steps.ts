import { expect, it } from 'vitest'
import type { TestBroker } from '../support/broker.ts'
import type { ToolName, Tools } from '../support/tools.ts'

export interface ToolStep {
  readonly tool: ToolName
  readonly args: readonly string[]
  readonly stdin?: string
  /** Lines whose order is not defined. */
  readonly anyOrder?: boolean
  /** Compare a part only. */
  readonly only?: RegExp
  /** Run again until the output has this. */
  readonly until?: RegExp
}

export const s = (tool: ToolName, args: string, more: Partial<ToolStep> = {}): ToolStep => ({
  tool,
  args: args.split(' '),
  ...more,
})

function comparable(step: ToolStep, output: string, broker: TestBroker): string {
  let text = output
    .replaceAll(broker.dir, 'DIR')
    .replaceAll(String(broker.port), 'PORT')
    .replaceAll(String(broker.controllerPort), 'CPORT')
    .replace(/TopicId: [\w-]{22}/g, 'TopicId: ID')
    .replace(/Cluster ID: [\w-]{22}/g, 'Cluster ID: ID')
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UUID')
    .replace(/console-consumer-\d+/g, 'console-consumer-N')
    // Records carry the time at which a tool sent them, whose varints differ in length.
    .replace(/"size":\d+/g, '"size":N')
    .replace(/\[\d{4}-\d\d-\d\d [\d:,]+\]/g, '[time]')
    .replace(/\s+$/gm, '')
  if (step.only) text = [...text.matchAll(step.only)].map((match) => match[0]).join('\n')
  return step.anyOrder ? text.split('\n').sort().join('\n') : text
}

/** Each step's output in a form that is the same for two brokers that behave the same. */
export async function runAll(
  steps: readonly ToolStep[],
  tools: Tools,
  broker: TestBroker,
  asked: 'broker' | 'controller' = 'broker',
): Promise<string[]> {
  const outputs: string[] = []
  for (const step of steps) {
    const address =
      asked === 'broker'
        ? ['--bootstrap-server', broker.bootstrap]
        : ['--bootstrap-controller', `127.0.0.1:${broker.controllerPort}`]
    const bootstrap = step.tool === 'kafka-cluster' ? [] : address
    const args = step.args.filter((arg) => arg !== '')
    if (step.tool === 'kafka-cluster') args.push('--bootstrap-server', broker.bootstrap)
    const file = `${broker.dir}/delete.json`
    const filled = args.map((arg) => (arg === 'FILE' ? file : arg.replace(/^DIR\//, `${broker.dir}/`)))
    const run = () => tools.run(step.tool, [...bootstrap, ...filled], { stdin: step.stdin })
    let result = await run()
    for (let again = 0; again < 100 && step.until !== undefined && !step.until.test(result.out); again++) {
      result = await run()
    }
    outputs.push(comparable(step, `exit ${result.exit}\n${result.out}`, broker))
  }
  return outputs
}

/** One test for each step: its output with the broker is that with Apache Kafka. */
export function itIsTheSame(
  steps: readonly ToolStep[],
  outputs: () => { expected: readonly string[]; actual: readonly string[] },
): void {
  it.each(steps.map((step, i) => [i, step.tool, step.args.join(' ')] as const))('%i %s %s', (i) => {
    const { expected, actual } = outputs()
    expect(expected[i]).not.toMatch(/^exit -1/)
    expect(actual[i]).toEqual(expected[i])
  })
}
