import { testTranscripts } from '../../support/transcripts.ts'
import { ShareScenario } from './scenario.ts'

/** The life of share groups. */
testTranscripts(new URL('./transcripts/', import.meta.url), () => new ShareScenario())
