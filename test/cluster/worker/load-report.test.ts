import t from 'tap'
import { LoadReporter } from '../../../src/cluster/worker/load-report.js'

/** What is told of these samples; a window has as many connections as its number. */
function told(...utilisations: number[]): Array<[utilisation: number, connections: number]> {
  const reports: Array<[number, number]> = []
  let window = 0
  let at = 0
  const reporter = new LoadReporter({
    utilisation: () => utilisations[at]!,
    connections: {
      countActive: () => window,
      nextWindow: () => {
        window++
      },
    },
    send: message => {
      if (message.type === 'load') reports.push([message.load.utilisation, message.load.connections])
    },
  })
  for (at = 0; at < utilisations.length; at++) reporter.sample()
  return reports
}

t.test('an idle worker says nothing', async t => {
  t.strictSame(told(0, 0.05, 0, 0.19), [])
})

t.test('a busy worker tells every sample, and the first one after it', async t => {
  t.strictSame(told(0, 0.5, 1, 0.1, 0, 0), [
    [0.5, 1],
    [1, 2],
    [0.1, 3],
  ])
})
