import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'node:test'
import { createProcessDriver } from '@cello/driver-process'
import { createSigningRequest, newPrivateKey } from '@cello/fabric/identity'
import { freePorts } from '@cello/fabric/testing/real-node'
import { describeLedger, type LedgerWorld } from '@cello/ports/suites/ledger'
import { devnode, fabric3, fabric25, type TestRuntime } from '../runtimes.ts'
import { entry, writeContractFolder } from './contract-folder.ts'

/** What `freePorts` draws from. */
const ports = { from: 20_000, to: 31_999 }

async function makeWorld(runtime: TestRuntime): Promise<LedgerWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'cello-ledger-'))
  const driver = createProcessDriver({ dataDir: join(folder, 'data'), ports })
  writeContractFolder(join(folder, 'contract'))
  const [programs, node, contract] = await Promise.all([
    runtime.addPrograms(driver),
    driver.addProgram({ kind: 'file', path: process.execPath }),
    driver.addProgram({ kind: 'folder', path: join(folder, 'contract'), entry }),
  ])
  return {
    ledger: runtime.makeLedger(),
    driver,
    version: runtime.version,
    programs: { ...programs, node, contract },
    contract: {
      write: (key, value) => ({ function: 'put', args: [key, value] }),
      read: (key) => ({ function: 'get', args: [key] }),
      wrong: () => ({ function: 'nosuch', args: [] }),
    },
    async takePort() {
      // Most nodes start much later: nobody else's tests take it until then.
      const [port = 0] = await freePorts(1)
      return port
    },
    certificateRequest: async (name) =>
      createSigningRequest({ subject: { commonName: name }, privateKey: newPrivateKey() }),
    async [Symbol.asyncDispose]() {
      await driver[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

for (const [runtime, capabilities] of [
  [fabric3, { bft: true, consenters: true }],
  [fabric25, { bft: false, consenters: true }],
  [devnode, { bft: false, consenters: false }],
] as const) {
  describe(`the ledger of ${runtime.name}`, { skip: runtime.skip }, () => {
    describeLedger(runtime.name, () => makeWorld(runtime), capabilities)
  })
}
