import { testTranscripts } from '../../support/transcripts.ts'
import { StreamsScenario } from './scenario.ts'

/** The life of streams groups. */
testTranscripts(new URL('./transcripts/', import.meta.url), () => new StreamsScenario())
