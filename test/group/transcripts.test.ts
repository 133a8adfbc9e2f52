import { testTranscripts } from '../support/transcripts.ts'
import { Scenario } from './scenario.ts'

/** The life of groups. */
testTranscripts(new URL('./transcripts/', import.meta.url), () => new Scenario())
