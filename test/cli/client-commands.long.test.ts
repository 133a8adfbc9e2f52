import { commandCases } from './command-cases.ts'

commandCases('kafka')
