#!/usr/bin/env node
import { enableCompileCache, setSourceMapsSupport } from 'node:module'

setSourceMapsSupport(true, { nodeModules: false })
enableCompileCache()
const { run } = await import('./cli/program.ts')
process.exit(await run(process.argv.slice(2)))
