import type { Disk } from '../../../base/disk.ts'
import { damaged } from './files/damage.ts'
import { decodeManifest, encodeManifest, type Manifest } from './manifest.ts'

/** The name of the manifest in the directory of its task. */
export const MANIFEST_NAME = 'manifest'
/** The name of one that is being written. */
export const NEW_MANIFEST_NAME = 'manifest.new'

/** The manifest of a directory, `null` if there is none. Throws `STORE_CORRUPTED` if it is damaged. */
export function readManifest(disk: Disk, directory: string): Manifest | null {
  const path = `${directory}/${MANIFEST_NAME}`
  const file = disk.openToRead(path)
  if (file === null) return null
  try {
    const bytes = Buffer.allocUnsafeSlow(file.size)
    const count = file.read(bytes, 0)
    if (count !== bytes.length) throw damaged(path, `it ends at ${count} of ${bytes.length} bytes`)
    return decodeManifest(bytes)
  } catch (error) {
    throw error instanceof RangeError ? damaged(path, error.message, error) : error
  } finally {
    file.close()
  }
}

/**
 * Replaces the manifest. After a crash or a power loss at any point there is the old one or the new one, and with the new one the names of all
 * files that were made before.
 */
export function writeManifest(disk: Disk, directory: string, manifest: Manifest): void {
  const path = `${directory}/${NEW_MANIFEST_NAME}`
  const file = disk.openToWrite(path)
  try {
    file.write(encodeManifest(manifest))
    file.sync()
  } finally {
    file.close()
  }
  // The files that it names must be there when it is.
  disk.syncDirectory(directory)
  disk.rename(path, `${directory}/${MANIFEST_NAME}`)
  disk.syncDirectory(directory)
}
