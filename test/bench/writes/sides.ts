import { join } from 'node:path'
import { bundleDevnode } from '@cello/devnode/bundle'
import { realFabric } from '@cello/fabric/testing/real-fabric'
import type { NodeProgram } from '../../devnode/agreement/scenario.ts'

/** Programs that take part. */
export interface Side {
  readonly name: 'devnode' | 'fabric'
  readonly orderer: NodeProgram
  readonly peer: NodeProgram
  /** The folder with Fabric's own orderer.yaml, which its program needs. */
  readonly shipped?: string
}

/** As `ledgers/fabric/programs.ts` starts them. */
const nodeFlags = ['--min-semi-space-size=4', '--max-semi-space-size=4']

/** The devnode as hosts get it: bundled, with V8's code beside it. @param cacheDir for the bundle */
export async function devnodeSide(cacheDir: string): Promise<Side> {
  const { path, entry } = await bundleDevnode({ cacheDir })
  const started = (kind: string) => ({ program: process.execPath, args: [...nodeFlags, join(path, entry), kind] })
  return { name: 'devnode', orderer: started('orderer'), peer: started('peer') }
}

/** @returns why there is none, where there is none */
export function fabricSide(version: string): Side | string {
  const fabric = realFabric(version, ['orderer', 'peer'])
  if (fabric.skip !== false) return fabric.skip
  return {
    name: 'fabric',
    orderer: { program: fabric.program('orderer'), args: [] },
    peer: { program: fabric.program('peer'), args: ['node', 'start'] },
    shipped: fabric.config,
  }
}
