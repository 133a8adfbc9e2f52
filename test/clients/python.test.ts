import { noPython } from '../support/python.ts'
import { pythonClient } from './driven.ts'
import { describeClient } from './scenarios.ts'

describeClient('kafka-python', noPython, () => pythonClient('kafka-python'))
describeClient('librdkafka (confluent-kafka)', noPython, () => pythonClient('confluent'))
