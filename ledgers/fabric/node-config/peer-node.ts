import type { FileTree } from '@cello/fabric/identity'
import { under } from '@cello/fabric/identity'
import { Secret } from '@cello/kit'
import { builderName, builderPrograms } from './builder-programs.ts'
import { buildMark, type ContractClient, contractClientJson, contractClientPath } from './contract-client.ts'
import { fabricLine } from './fabric-line.ts'
import { driverPlaces, fabricEnvironment, type NodeParts, type Places, splitFiles, yamlOf } from './node-parts.ts'
import { type PeerCoreOptions, peerCore, peerRootsPath } from './peer-core.ts'

export interface PeerNodeOptions extends Omit<PeerCoreOptions, 'line' | 'places' | 'builderName'> {
  /** Fabric's version, `2.5.16` or `3.1.5`. */
  readonly version: string
  /** The driver's placeholders when absent. */
  readonly places?: Places
  /** `memberMspFiles` of the peer. */
  readonly msp: FileTree
  /** `tlsFiles` of the peer, kind `server`. */
  readonly tls: FileTree
  /** TLS authorities, PEM, of every organization that has peers: see `firstContact` in peer-core.ts. */
  readonly peerRoots: readonly string[]
  /** The program reads packages of contracts as services by itself, as the devnode does: it needs no builder. */
  readonly readsPackages?: boolean
  /** Wanted once a contract asks for TLS; that is, off loopback. */
  readonly contractClient?: ContractClient
}

/** What a peer is given and how it is started. @throws UNSUPPORTED for a line of Fabric that we do not configure */
export function peerNode(options: PeerNodeOptions): NodeParts {
  const { version, places = driverPlaces, peerRoots, contractClient, readsPackages = false, ...rest } = options
  // What a package asks for by TLS is shown by the builder alone.
  const builds = !readsPackages || contractClient !== undefined
  const core = peerCore({ ...rest, line: fabricLine(version), places, builderName: builds ? builderName : undefined })
  const identity = splitFiles({ ...under('msp', options.msp), ...under('tls', options.tls) })
  const mark = buildMark(contractClient)
  return {
    args: ['node', 'start'],
    env: { ...fabricEnvironment(places), CELLO_NODE_FILES: places.files, CELLO_BUILD_MARK: mark },
    files: [
      { path: 'core.yaml', content: yamlOf(core) },
      // An organization that comes later is trusted from the channel's configuration on; this only makes the first contact quick.
      { path: peerRootsPath, content: peerRoots.join(''), isNoRestart: true },
      ...identity.files,
      ...(builds ? Object.entries(builderPrograms) : []).map(([path, content]) => ({
        path,
        content,
        executable: true,
      })),
    ],
    secretFiles: [
      ...identity.secretFiles,
      ...(contractClient
        ? [{ path: contractClientPath, content: new Secret(contractClientJson(contractClient)) }]
        : []),
    ],
    // Without a builder no build is of use, and one that an earlier release made would be refused.
    sweep: [{ folder: 'externalbuilder/builds', unlessHolds: builds ? `bld/${mark}` : 'no-build' }],
    // Closing LevelDB takes a moment; a peer that is killed instead recovers from its block files, so nothing is lost.
    graceMs: 10_000,
  }
}
