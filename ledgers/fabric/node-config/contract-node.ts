import { type FileTree, under } from '@cello/fabric/identity'
import { driverPlaces, type NodeParts, type Places, splitFiles } from './node-parts.ts'

export interface ContractNodeOptions {
  /** The driver's placeholders when absent. */
  readonly places?: Places
  /** `label:sha256`: peers turn away a contract that answers for another one. */
  readonly packageId: string
  /** `127.0.0.1`, or `0.0.0.0` where peers of other hosts come; then TLS is a must. */
  readonly listenHost: string
  /** Number, or the driver's placeholder. */
  readonly port: number | string
  /** fabric-shim's `cli.js` among the contract's dependencies: absolute, or the driver's placeholder. */
  readonly shim: string
  /** The folder that holds the contract's package.json: absolute, or the driver's placeholder. */
  readonly folder: string
  /** `tlsFiles` of the contract, kind `server`, and the authorities of the peers that may dial it. */
  readonly tls?: { readonly files: FileTree; readonly clientRoots: readonly string[] }
}

const clientRootsPath = 'tls/client-roots.crt'

/** How a Node contract is started as a service, by `node`. */
export function contractNode(options: ContractNodeOptions): NodeParts {
  const { places = driverPlaces, tls } = options
  const tlsTree = tls && { ...under('tls', tls.files), [clientRootsPath]: tls.clientRoots.join('') }
  const tlsArgs = [
    ['--chaincode-tls-cert-file', 'tls/server.crt'],
    ['--chaincode-tls-key-file', 'tls/server.key'],
    ['--chaincode-tls-client-cacert-file', clientRootsPath],
  ].flatMap(([option = '', path = '']) => [option, `${places.files}/${path}`])
  return {
    args: [
      options.shim,
      'server',
      '--chaincode-address',
      `${options.listenHost}:${options.port}`,
      '--chaincode-id',
      options.packageId,
      '--module-path',
      options.folder,
      ...(tls ? tlsArgs : []),
    ],
    env: { CORE_CHAINCODE_LOGGING_LEVEL: 'info', NODE_ENV: 'production' },
    ...splitFiles(tlsTree ?? {}),
    sweep: [],
    graceMs: 5_000,
  }
}
