import { clientCases } from './cases.ts'

clientCases('kafka')
