import type { FileTree } from '@cello/fabric/identity'
import { under } from '@cello/fabric/identity'
import { fabricLine } from './fabric-line.ts'
import { driverPlaces, fabricEnvironment, type NodeParts, type Places, splitFiles, yamlOf } from './node-parts.ts'
import { adminRootsPath, type OrdererConfigOptions, ordererConfig } from './orderer-config.ts'

export interface OrdererNodeOptions extends Omit<OrdererConfigOptions, 'line' | 'places'> {
  /** Fabric's version, `2.5.16` or `3.1.5`. */
  readonly version: string
  /** The driver's placeholders when absent. */
  readonly places?: Places
  /** `memberMspFiles` of the orderer. */
  readonly msp: FileTree
  /** `tlsFiles` of the orderer, kind `server`. */
  readonly tls: FileTree
  /** TLS authorities, PEM, whose clients may join channels and remove them. Anybody whom they certify may. */
  readonly adminRoots: readonly string[]
}

/** What an orderer is given and how it is started. @throws UNSUPPORTED for a line of Fabric that we do not configure */
export function ordererNode(options: OrdererNodeOptions): NodeParts {
  const { version, places = driverPlaces, adminRoots, ...rest } = options
  const config = ordererConfig({ ...rest, line: fabricLine(version), places })
  const identity = splitFiles({ ...under('msp', options.msp), ...under('tls', options.tls) })
  return {
    args: [],
    env: fabricEnvironment(places),
    files: [
      { path: 'orderer.yaml', content: yamlOf(config) },
      { path: adminRootsPath, content: adminRoots.join('') },
      ...identity.files,
    ],
    secretFiles: identity.secretFiles,
    sweep: [],
    graceMs: 10_000,
  }
}
