export { createFabricLedger } from './fabric-ledger.ts'
