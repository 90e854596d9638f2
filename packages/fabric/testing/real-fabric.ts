/** For tests only: where Fabric's own programs lie on this machine, if they do. */
import { accessSync, constants } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

export interface RealFabric {
  readonly version: string
  /** Absolute path of `peer`, `orderer`, `configtxgen` … */
  program(name: string): string
  /** The folder with the core.yaml, orderer.yaml and configtx.yaml that this version ships. */
  readonly config: string
  /** Why a test that needs these programs is skipped, `false` when they are all there. Goes into `test`'s `skip`. */
  readonly skip: string | false
}

/** @param programs those that the test runs */
export function realFabric(version: string, programs: readonly string[]): RealFabric {
  const cache = process.env.CELLO_CACHE ?? join(homedir(), '.cache', 'cello')
  const place = `${process.platform}-${architectures[process.arch] ?? process.arch}`
  const program = (name: string): string => join(cache, 'fabric', version, place, 'bin', name)
  const missing = programs.filter((name) => !isExecutable(program(name)))
  const skip = missing.length === 0 ? false : `Fabric ${version} (${missing.join(', ')}) is not installed in ${cache}`
  return { version, program, config: join(cache, 'fabric', version, place, 'config'), skip }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
