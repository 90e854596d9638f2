import { AssetsContract } from './assets-contract.js'

/** What Fabric loads. */
export const contracts = [AssetsContract]
