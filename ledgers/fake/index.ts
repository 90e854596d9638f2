export type { ChainConfig } from './chain-config.ts'
export type { FakeLedgerOptions } from './ledger.ts'
export { fakeLedger } from './ledger.ts'
export type { LedgerWorldOptions } from './world/ledger-world.ts'
export { LedgerWorld } from './world/ledger-world.ts'
export type {
  Block,
  BlockEntry,
  ChainFacts,
  LedgerEffect,
  LedgerWorldApi,
  LedgerWorldForTests,
  WorldForSessions,
} from './world/world-api.ts'
export { connectLedgerWorld, serveLedgerWorld } from './world-service.ts'
