// Variables that Kubernetes puts into every container of a namespace for each of its Services. Those of a
// Service named `zipzarr`, or `zipzarr-…`, look like options of ours and are none. Pure.

const SERVICE = String.raw`^ZIPZARR(?:_\w+)?_`
/** `ZIPZARR_SERVICE_PORT_HTTP`, `ZIPZARR_PORT_8080_TCP_ADDR`: no option has such a name. */
const LINK_NAME = new RegExp(
  String.raw`${SERVICE}(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$`,
)
/** `ZIPZARR_PORT`, `ZIPZARR_ADMIN_PORT`: options as well, told apart by what they say. */
const PORT_NAME = new RegExp(`${SERVICE}PORT$`)
const LINK_VALUE = /^(?:tcp|udp|sctp):\/\//

/** Whether the variable describes a Kubernetes Service (or an old Docker link) instead of setting an option. */
export function isServiceLink(name: string, value: string | undefined): boolean {
  return LINK_NAME.test(name) || (PORT_NAME.test(name) && LINK_VALUE.test(value ?? ''))
}
