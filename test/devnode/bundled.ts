/** For tests only: the devnode bundled into one file. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleDevnode } from '@cello/devnode/bundle'
import type { NodeProgram } from './agreement/scenario.ts'

export interface Programs extends Disposable {
  readonly orderer: NodeProgram
  readonly peer: NodeProgram
}

/** The devnode as a bundle: it starts faster, and stays as it was when the test began. */
export async function bundledPrograms(): Promise<Programs> {
  const cacheDir = mkdtempSync(join(tmpdir(), 'cello-bundle-'))
  const { path, entry } = await bundleDevnode({ cacheDir })
  const started = (kind: string) => ({ program: process.execPath, args: [join(path, entry), kind] })
  return {
    orderer: started('orderer'),
    peer: started('peer'),
    [Symbol.dispose]: () => rmSync(cacheDir, { recursive: true, force: true }),
  }
}
