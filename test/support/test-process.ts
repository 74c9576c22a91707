// Loaded before every test file (.taprc).
import { createRequire } from 'node:module'
import { configureGlobal } from 'fast-check'

// Generated cases are the same in every run, so that a failure comes from the change and not from chance. To look
// further: FAST_CHECK_SEED=2 npm test.
configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 20_250_101) })

// tap loads its coverage hooks into every process that a test starts, through this package: 0.7 s of processor time
// each, for services, workers and index processes alike. Coverage is off here.
createRequire(import.meta.url)('process-on-spawn').removeAllListeners()
