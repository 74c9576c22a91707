// What a ZIP archive holds, as yauzl reads it: the oracle for archives of other writers.
import { type Entry, fromBuffer, type ZipFile } from 'yauzl'

/** Values by name, the last entry of a name wins; directory entries left out. */
export async function readZipValues(bytes: Buffer): Promise<Map<string, Buffer>> {
  const zip = await new Promise<ZipFile>((resolve, reject) =>
    fromBuffer(bytes, { lazyEntries: true }, (error, file) => (error ? reject(error) : resolve(file))),
  )
  const values = new Map<string, Buffer>()
  const done = new Promise<void>((resolve, reject) => zip.on('end', resolve).on('error', reject))
  zip.on('entry', (entry: Entry) => {
    if (entry.fileName.endsWith('/')) return zip.readEntry()
    zip.openReadStream(entry, (_error, stream) => {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        values.set(entry.fileName, Buffer.concat(parts))
        zip.readEntry()
      })
    })
  })
  zip.readEntry()
  await done
  return values
}
