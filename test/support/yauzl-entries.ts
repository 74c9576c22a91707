// What yauzl, an independent reader, finds in an archive: the oracle for archives it reads right.
import type { Readable } from 'node:stream'
import yauzl from 'yauzl'

/** Values by name, the last one of a name; folder entries are left out. Values not asked for are left empty. */
export async function yauzlEntries(
  bytes: Buffer,
  isWanted: (name: string) => boolean = () => true,
): Promise<Map<string, Buffer>> {
  const archive = await yauzl.fromBufferPromise(bytes, { lazyEntries: true, autoClose: false })
  const values = new Map<string, Buffer>()
  for await (const entry of archive.eachEntry()) {
    if (entry.fileName.endsWith('/')) continue
    const isRead = isWanted(entry.fileName)
    values.set(
      entry.fileName,
      isRead ? await collect(await archive.openReadStreamPromise(entry)) : Buffer.alloc(0),
    )
  }
  return values
}

async function collect(stream: Readable): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
