// A worker reduced to its messages, for the fleet's tests: what it does wrong is told by WORKER_FAULT.
const fault = process.env.WORKER_FAULT ?? 'none'

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
    if (fault === 'fails') {
      send({ type: 'failed', reason: 'there is no such thing' })
      setTimeout(() => process.exit(1), 50)
    } else send({ type: 'standby' })
  }
  if (message.type === 'serve' && fault !== 'never-ready') send({ type: 'ready' })
  if (message.type === 'change') acknowledge(message.change!.revision)
  if (message.type === 'drain' && fault !== 'never-drains') process.exit(fault === 'drains-badly' ? 1 : 0)
})
send({ type: 'loaded' })
if (fault === 'bad-message') send({ type: 'explode' })
if (fault === 'reports') setInterval(() => send({ type: 'metrics', values: {} }), 100)
