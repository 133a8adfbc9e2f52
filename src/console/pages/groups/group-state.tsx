import { Badge, type Tone } from '../../kit/controls.tsx'

/** Kafka's names for a group's state, with what each means. */
const STATES: Readonly<Record<string, readonly [tone: Tone, meaning: string]>> = {
  Stable: ['good', 'Every member has its partitions.'],
  Empty: ['neutral', 'It has no members; its offsets are kept.'],
  Dead: ['neutral', 'It is gone.'],
  PreparingRebalance: ['warn', 'Its members are called to join again.'],
  CompletingRebalance: ['warn', 'Its members wait for their partitions.'],
  Assigning: ['warn', 'Partitions are being given out.'],
  Reconciling: ['warn', 'Members give up and take over partitions.'],
  NotReady: ['warn', 'Topics that its topology needs are missing or do not fit.'],
}

export function GroupState({ state }: { readonly state: string }) {
  const [tone, meaning] = STATES[state] ?? ['neutral', undefined]
  return (
    <Badge tone={tone} {...(meaning !== undefined && { title: meaning })}>
      {state}
    </Badge>
  )
}
