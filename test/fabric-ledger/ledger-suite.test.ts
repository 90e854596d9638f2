import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'node:test'
import { createProcessDriver } from '@cello/driver-process'
import { createSigningRequest, newPrivateKey } from '@cello/fabric/identity'
import { type RealFabric, realFabric } from '@cello/fabric/testing/real-fabric'
import { createFabricLedger } from '@cello/ledger-fabric'
import { describeLedger, type LedgerWorld } from '@cello/ports/suites/ledger'
import { entry, writeContractFolder } from './contract-folder.ts'

/** Below the ephemeral range; a random start, so that parallel suites rarely meet. */
const ports = { from: 20_000, to: 31_999 }

async function makeWorld(fabric: RealFabric): Promise<LedgerWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'cello-ledger-'))
  const driver = createProcessDriver({ dataDir: join(folder, 'data'), ports })
  writeContractFolder(join(folder, 'contract'))
  const [orderer, peer, node, contract] = await Promise.all([
    driver.addProgram({ kind: 'file', path: fabric.program('orderer') }),
    driver.addProgram({ kind: 'file', path: fabric.program('peer') }),
    driver.addProgram({ kind: 'file', path: process.execPath }),
    driver.addProgram({ kind: 'folder', path: join(folder, 'contract'), entry }),
  ])
  let next = ports.from + Math.floor(Math.random() * 11_000)
  return {
    ledger: createFabricLedger(),
    driver,
    version: fabric.version,
    programs: { orderer, peer, node, contract },
    contract: {
      write: (key, value) => ({ function: 'put', args: [key, value] }),
      read: (key) => ({ function: 'get', args: [key] }),
      wrong: () => ({ function: 'nosuch', args: [] }),
    },
    async takePort() {
      for (;;) {
        const [port] = await driver.freePorts([++next])
        if (port !== undefined) return port
      }
    },
    certificateRequest: async (name) =>
      createSigningRequest({ subject: { commonName: name }, privateKey: newPrivateKey() }),
    async [Symbol.asyncDispose]() {
      await driver[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

for (const [version, capabilities] of [
  ['3.1.5', { bft: true }],
  ['2.5.16', { bft: false }],
] as const) {
  const fabric = realFabric(version, ['orderer', 'peer'])
  describe(`the ledger of Fabric ${version}`, { skip: fabric.skip }, () => {
    describeLedger(`fabric ${version}`, () => makeWorld(fabric), capabilities)
  })
}
