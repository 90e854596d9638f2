import { open } from 'node:fs/promises'

/** Makes the entries of a folder durable: a new name is lost in a power cut until this is done. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
