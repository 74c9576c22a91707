#!/usr/bin/env node
// The command line's entry point.
import { run } from './cli/program.js'

process.exitCode = await run(process.argv.slice(2))
// Everything is closed by now; a handle forgotten by a library must not keep the process.
setTimeout(() => process.exit(), 1000).unref()
