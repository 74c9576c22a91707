// The image's health check: asks the service inside the same container whether it is ready. No shell or curl needed.
// Kubernetes sets ZIPZARR_PORT to tcp://… for a Service of that name: not an option, for the service neither.
const { HOST, PORT, ZIPZARR_HOST, ZIPZARR_PORT } = process.env
const host = ZIPZARR_HOST || HOST || '127.0.0.1'
const port = (/^(tcp|udp|sctp):/.test(ZIPZARR_PORT ?? '') ? '' : ZIPZARR_PORT) || PORT || '8080'
const address = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host

try {
  const reply = await fetch(`http://${address}:${port}/health/ready`, { signal: AbortSignal.timeout(4000) })
  process.exitCode = reply.ok ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
