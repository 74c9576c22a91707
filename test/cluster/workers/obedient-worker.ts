// A worker reduced to its messages, for the fleet's tests: what it does wrong is told by WORKER_FAULT.
import cluster from 'node:cluster'

const fault = process.env.WORKER_FAULT ?? 'none'
const id = cluster.worker?.id ?? 0
/** Faults that only workers after the first two show. */
const isLater = id > 2

function send(message: object): void {
  process.send?.(message)
}

function acknowledge(revision: number): void {
  if (fault === 'never-acks' && revision > 1) return
  send({ type: 'ack', epoch: 'e', revision })
}

interface Message {
  type: string
  snapshot?: { revision: number }
  change?: { revision: number }
}

process.on('message', (message: Message) => {
  if (message.type === 'init') {
    acknowledge(message.snapshot!.revision)
    if (fault === 'fails' || (fault === 'fails-later' && isLater)) {
      send({ type: 'failed', reason: 'there is no such thing' })
      setTimeout(() => process.exit(1), 50)
    } else if (fault !== 'never-ready') send({ type: 'ready', revision: 1 })
  }
  if (message.type === 'change') acknowledge(message.change!.revision)
  if (message.type === 'drain' && fault !== 'never-drains') process.exit(fault === 'drains-badly' ? 1 : 0)
})
send({ type: 'loaded' })
if (fault === 'bad-message') send({ type: 'explode' })
