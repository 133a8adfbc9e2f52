import { expect, test } from 'vitest'
import { namedQuotas } from '../../../src/metadata/client-quotas/describe.ts'

test.each([
  [
    ['request_percentage', 'producer_byte_rate', 'consumer_byte_rate'],
    ['consumer_byte_rate', 'request_percentage', 'producer_byte_rate'],
  ],
  [
    ['request_percentage', 'controller_mutation_rate', 'producer_byte_rate'],
    ['controller_mutation_rate', 'request_percentage', 'producer_byte_rate'],
  ],
  [
    ['consumer_byte_rate', 'producer_byte_rate', 'controller_mutation_rate', 'request_percentage'],
    ['producer_byte_rate', 'consumer_byte_rate', 'controller_mutation_rate', 'request_percentage'],
  ],
])('quotas set as %j are named in the order of Kafka', (asSet, named) => {
  const values = namedQuotas(new Map(asSet.map((key, i) => [key, i])))
  expect(values.map(({ key }) => key)).toEqual(named)
})
