import { compiled, java, noKafka } from '../support/kafka.ts'
import { DrivenClient } from './driven.ts'
import { describeClient } from './scenarios.ts'

const driver = [new URL('./java/Driver.java', import.meta.url)]

describeClient('Java client 4.3.1', noKafka, () => new DrivenClient(java(compiled(driver, 'kafka'), 'Driver')))
describeClient('Java client 4.4.0', noKafka, () => new DrivenClient(java(compiled(driver, 'clients-4.4'), 'Driver')))
