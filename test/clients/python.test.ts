import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { noPython, PYTHON } from '../support/python.ts'
import { DrivenClient } from './driven.ts'
import { describeClient } from './scenarios.ts'

const driver = fileURLToPath(new URL('./python/driver.py', import.meta.url))

describeClient('kafka-python', noPython, () => new DrivenClient(spawn(PYTHON, [driver, 'kafka-python'])))
describeClient('librdkafka (confluent-kafka)', noPython, () => new DrivenClient(spawn(PYTHON, [driver, 'confluent'])))
