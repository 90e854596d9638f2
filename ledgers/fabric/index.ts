export { createDevnodeLedger, createFabricLedger } from './fabric-ledger.ts'
