// Loaded before every test file (.taprc): generated cases are the same in every run, so that a failure is news of
// the change and not of the dice. To look further: FAST_CHECK_SEED=2 npm test.
import { configureGlobal } from 'fast-check'

configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 20_250_101) })
