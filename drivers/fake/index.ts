export type { FakeDriverOptions } from './driver.ts'
export { fakeDriver } from './driver.ts'
export type { NodeWorldOptions } from './node-world.ts'
export { NodeWorld } from './node-world.ts'
export { pretendPrefix } from './program-digest.ts'
export { suiteHost } from './suite-host.ts'
export type {
  Effect,
  ExitFacts,
  HostChange,
  Inventory,
  ObservedChanges,
  ProgramState,
  StartFault,
  WorldApi,
  WorldForDriver,
  WorldForTests,
  WorldSpec,
} from './world-api.ts'
export { connectNodeWorld, serveNodeWorld } from './world-service.ts'
