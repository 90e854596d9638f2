export { assertValid, commitOf } from './commit.ts'
export { blockEvents, contractEvents } from './events.ts'
export { openGateway } from './gateway.ts'
export { handToOrdering, resume, submitAndWait } from './submit.ts'

export type { Commit, TransactionKey } from './commit.ts'
export type { ContractEvent, EventOptions, EventPosition } from './events.ts'
export type { ContractCall, EndorsedTransaction, Gateway, InvokeOptions } from './gateway.ts'
export type { SubmitOptions } from './submit.ts'
