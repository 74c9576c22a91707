// What a node is to the libraries that open it: decides which of them people are told to use. From metadata that
// was read already, or from the documents of the API, which say the same.

/**
 * `volume`: an array of numbers that image viewers show. `unknown`: it could not be read, or not all that must be
 * known was.
 */
export type NodeKind = 'array' | 'volume' | 'dataset' | 'image' | 'plate' | 'anndata' | 'group' | 'unknown'

export interface DescribedNode {
  readonly nodeType: 'array' | 'group'
  readonly attributes: Readonly<Record<string, unknown>>
  /** Of an array. */
  readonly shape?: readonly number[]
  readonly dataType?: { readonly name: string; readonly kind: string; readonly itemSize: number }
}

/** A child; one that cannot be read has no node type. */
export interface DescribedChild {
  readonly nodeType?: 'array' | 'group' | undefined
  readonly zarrFormat?: 2 | 3 | undefined
  readonly shape?: readonly number[] | undefined
  readonly dimensionNames?: readonly (string | null)[] | undefined
}

export function kindOf(node: DescribedNode, children: readonly DescribedChild[]): NodeKind {
  const { nodeType, attributes } = node
  if (nodeType === 'array') return isVolume(node) ? 'volume' : 'array'
  if (attributes['encoding-type'] === 'anndata') return 'anndata'
  // OME-Zarr: from 0.5 on below `ome`, before that among the group's own attributes.
  const ome = isObject(attributes.ome) ? attributes.ome : attributes
  if (Array.isArray(ome.multiscales) && ome.multiscales.length > 0) return 'image'
  if (isObject(ome.plate)) return 'plate'
  return isDataset(children) ? 'dataset' : 'group'
}

/** What Neuroglancer shows: whole bytes of integers, and float32. */
function isVolume({ shape = [], dataType }: DescribedNode): boolean {
  if (shape.length === 0 || dataType === undefined) return false
  const { name, kind, itemSize } = dataType
  if (kind === 'float') return itemSize === 4
  return (kind === 'int' || kind === 'uint') && !/^u?int[24]$/.test(name)
}

/** What xarray opens: every array of the group names its dimensions, and a name has one size. */
function isDataset(children: readonly DescribedChild[]): boolean {
  const sizes = new Map<string, number>()
  let arrays = 0
  for (const { nodeType, zarrFormat, shape, dimensionNames } of children) {
    if (nodeType === 'group') continue
    if (nodeType === undefined || shape === undefined) return false
    arrays += 1
    // Only in v3 a scalar need not say that it has no dimensions.
    const names = dimensionNames ?? (shape.length === 0 && zarrFormat === 3 ? [] : undefined)
    if (names === undefined || names.length !== shape.length || new Set(names).size !== names.length)
      return false
    for (const [axis, name] of names.entries()) {
      const size = shape[axis] as number
      if (name === null || (sizes.get(name) ?? size) !== size) return false
      sizes.set(name, size)
    }
  }
  return arrays > 0
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
