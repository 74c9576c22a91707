// Takes the place of worker-main.js once the bundle is built (worker-build.ts): the same worker, sooner.
import { compileBundle } from './worker-bundle.js'

compileBundle().run()
