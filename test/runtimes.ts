import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { bundleDevnode } from '@cello/devnode/bundle'
import { realFabric } from '@cello/fabric/testing/real-fabric'
import { createDevnodeLedger, createFabricLedger } from '@cello/ledger-fabric'
import type { Driver, Ledger, ProgramRef, RuntimeRecord } from '@cello/ports'

/** What networks of a test run on; the same test is written once for all of them. */
export interface TestRuntime {
  readonly name: string
  readonly kind: Exclude<RuntimeRecord['kind'], 'fake'>
  readonly version: string
  /** Why its tests are skipped here, `false` when they are not. */
  readonly skip: string | false
  /** Of the usual small network: the devnode orders alone. */
  readonly orderers: readonly string[]
  makeLedger(): Ledger
  /** Variables of a user who has this and nothing else. */
  readonly env: Readonly<Record<string, string>>
  /** What its nodes are started from, in the keeping of a driver. */
  addPrograms(driver: Pick<Driver, 'addProgram'>): Promise<Readonly<Record<string, ProgramRef>>>
}

const fabric = (version: string): TestRuntime => {
  const { skip, program } = realFabric(version, ['peer', 'orderer'])
  return {
    name: `Fabric ${version}`,
    kind: 'fabric',
    version,
    skip,
    orderers: ['orderer0', 'orderer1', 'orderer2'],
    makeLedger: createFabricLedger,
    env: { PATH: process.env['PATH'] ?? '', CELLO_FABRIC: dirname(program('peer')) },
    async addPrograms(driver) {
      const add = (name: string) => driver.addProgram({ kind: 'file', path: program(name) })
      const [peer, orderer] = await Promise.all([add('peer'), add('orderer')])
      return { peer, orderer }
    },
  }
}

export const fabric3 = fabric('3.1.5')
export const fabric25 = fabric('2.5.16')

/** On every machine: it needs nothing but Node. */
export const devnode: TestRuntime = {
  name: 'the devnode',
  kind: 'devnode',
  version: '3.1.5',
  skip: false,
  orderers: ['orderer0'],
  makeLedger: createDevnodeLedger,
  env: { PATH: withoutFabric(process.env['PATH'] ?? '') },
  async addPrograms(driver) {
    const cacheDir = mkdtempSync(join(tmpdir(), 'cello-devnode-'))
    try {
      const [node, bundled] = await Promise.all([
        driver.addProgram({ kind: 'file', path: process.execPath }),
        bundleDevnode({ cacheDir }).then((bundle) => driver.addProgram(bundle)),
      ])
      return { node, devnode: bundled }
    } finally {
      rmSync(cacheDir, { recursive: true, force: true })
    }
  },
}

export function runtimeNamed(name: string): TestRuntime {
  const found = [fabric3, fabric25, devnode].find((runtime) => runtime.name === name)
  if (!found) throw new Error(`there is no runtime ${name}`)
  return found
}

/** Where a Fabric lies on PATH, `auto` would take it. */
function withoutFabric(path: string): string {
  const folders = path.split(delimiter).filter((folder) => !existsSync(join(folder, 'orderer')))
  return folders.join(delimiter)
}
