// Where the repository, its fixtures and its corpus lie, seen from the compiled tests in build/test.
import { fileURLToPath } from 'node:url'

export const repository = fileURLToPath(new URL('../../../', import.meta.url))
export const fixtures = `${repository}test/fixtures/`
export const sample = `${fixtures}sample/`
export const corpus = `${repository}test/corpus/`
