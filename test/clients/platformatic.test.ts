import { PlatformaticClient } from './platformatic.ts'
import { describeClient } from './scenarios.ts'

describeClient(
  '@platformatic/kafka',
  () => false,
  () => new PlatformaticClient(),
)
