export type { ProcessDriverOptions } from './driver.ts'
export { createProcessDriver } from './driver.ts'
