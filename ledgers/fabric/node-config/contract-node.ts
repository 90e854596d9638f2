import type { NodeParts } from './node-parts.ts'

export interface ContractNodeOptions {
  /** `label:sha256`: peers turn away a contract that answers for another one. */
  readonly packageId: string
  /** Of the organization whose peers call it. */
  readonly mspId: string
  /** Only on loopback may peers call it without TLS. */
  readonly listenHost: string
  /** Whether it is given a program `modules`, from which it starts. */
  readonly hasModules: boolean
}

/** How a Node contract is started as a service, by `node`: the launcher that its build put into its folder takes its orders from these variables. */
export function contractNode({ packageId, mspId, listenHost, hasModules }: ContractNodeOptions): NodeParts {
  return {
    args: ['{program:contract}'],
    env: {
      CHAINCODE_SERVER_ADDRESS: `${listenHost}:{port:service}`,
      CHAINCODE_ID: packageId,
      ...(hasModules && { CELLO_KEPT_MODULES: '{program:modules}' }),
      // Peers tell the contracts that they start whose they are; one that keeps its organization's private data asks the shim for it (`getMspID`).
      CORE_PEER_LOCALMSPID: mspId,
      // The shim's own words at "info" are several lines for each transaction.
      CORE_CHAINCODE_LOGGING_LEVEL: 'info',
      CORE_CHAINCODE_LOGGING_SHIM: 'warning',
      NODE_ENV: 'production',
      // No compile cache of Node's: builds keep compiled code of what is shipped, and writing one for the rest costs a first start
      // more (70 ms of CPU) than reading it saves any later one (25 ms).
    },
    files: [],
    secretFiles: [],
    sweep: [],
    graceMs: 5_000,
  }
}
