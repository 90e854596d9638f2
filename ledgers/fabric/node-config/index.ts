/** How an orderer, a peer and a contract are configured and started. Pure: equal input, equal files. */
export { contractNode } from './contract-node.ts'
export type { NodeParts } from './node-parts.ts'
export { ordererNode } from './orderer-node.ts'
export { peerNode } from './peer-node.ts'
