export { openFileBlobs } from './file-blobs.ts'
export type { StoreOptions } from './open-store.ts'
export { openStore } from './open-store.ts'
export { openSealer } from './sealer.ts'
