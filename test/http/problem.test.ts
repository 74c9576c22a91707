// What a client may see of a failure, and what never leaves the service.
import t from 'tap'
import { ERRORS, ZipzarrError } from '../../src/errors.js'
import { problemOf, retryAfterOf, stringifyProblem } from '../../src/http/problem.js'

t.test('our errors become RFC 9457 documents with their code, facts and request id', async t => {
  const error = new ZipzarrError('RESPONSE_TOO_LARGE', 'too large', { facts: { limit: 10, actual: 20n } })
  t.strictSame(JSON.parse(stringifyProblem(problemOf(error, 'r1'))), {
    limit: 10,
    actual: '20',
    type: '/errors#RESPONSE_TOO_LARGE',
    title: 'The answer would be larger than the limit',
    status: 413,
    detail: 'too large',
    code: 'RESPONSE_TOO_LARGE',
    requestId: 'r1',
  })
})

t.test('facts cannot replace the standard members', async t => {
  const error = new ZipzarrError('KEY_NOT_FOUND', 'absent', { facts: { status: 200, code: 'OK' } })
  const { status, code } = problemOf(error, 'r')
  t.strictSame([status, code], [404, 'KEY_NOT_FOUND'])
})

t.test('a defect shows nothing of itself', async t => {
  const failure = new Error("ENOENT: no such file or directory, open '/data/secret.zip'")
  for (const thrown of [failure, 'text /data/secret.zip', undefined, { statusCode: 200 }]) {
    const problem = problemOf(thrown, 'r')
    t.equal(problem.code, 'INTERNAL')
    t.notMatch(stringifyProblem(problem), /secret|ENOENT|at .*:\d+/)
  }
})

t.test('errors of the framework keep their status in our words', async t => {
  const framework = (fields: object) => Object.assign(new Error('m'), fields)
  const codeOf = (fields: object) => problemOf(framework(fields), 'r').code
  t.equal(codeOf({ validation: [{}], statusCode: 400 }), 'BAD_REQUEST')
  t.equal(codeOf({ code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE', statusCode: 415 }), 'UNSUPPORTED_MEDIA_TYPE')
  t.equal(codeOf({ code: 'FST_ERR_CTP_BODY_TOO_LARGE', statusCode: 413 }), 'BODY_TOO_LARGE')
  t.equal(codeOf({ code: 'FST_ERR_HANDLER_TIMEOUT', statusCode: 503 }), 'DEADLINE_EXCEEDED')
  t.equal(codeOf({ code: 'FST_ERR_MAX_PARAM_LENGTH', statusCode: 414 }), 'URI_TOO_LONG')
  t.equal(codeOf({ statusCode: 418 }), 'BAD_REQUEST')
  t.equal(codeOf({ statusCode: 500 }), 'INTERNAL')
  t.equal(codeOf({ code: 'constructor' }), 'INTERNAL')
})

t.test('only what may pass by itself says when to try again', async t => {
  for (const code of Object.keys(ERRORS) as Array<keyof typeof ERRORS>) {
    t.equal(retryAfterOf(code) !== undefined, ERRORS[code].status === 503, code)
  }
})
