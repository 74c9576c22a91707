// Makes a store's descriptor from what is known of its archive. Never touches a live store: the bug this
// project began with was a description that took the described object apart.
import { DESCRIPTOR_VERSION, parseDescriptor, type StoreDescriptor } from './descriptor.js'

/** @throws ZipzarrError DESCRIPTOR_INVALID when the parts do not make a complete, canonical descriptor */
export function describeStore(parts: Omit<StoreDescriptor, 'version' | 'readOnly'>): StoreDescriptor {
  return parseDescriptor({ version: DESCRIPTOR_VERSION, readOnly: true, ...parts })
}
