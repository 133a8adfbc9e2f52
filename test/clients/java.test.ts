import { noKafka } from '../support/kafka.ts'
import { javaClient } from './driven.ts'
import { describeClient } from './scenarios.ts'

describeClient('Java client 4.3.1', noKafka, () => javaClient('kafka'))
describeClient('Java client 4.4.0', noKafka, () => javaClient('clients-4.4'))
