export type { Log, OrchestrationContext } from './context.ts'
export { Networks } from './networks.ts'
export type { Worker, WorkerOptions } from './worker.ts'
export { startWorker } from './worker.ts'
