import { fakeDriver, pretendPrefix, type WorldForDriver } from '@cello/driver-fake'
import { fakeLedger, type WorldForSessions } from '@cello/ledger-fake'
import type { LedgerWorld } from '@cello/ports/suites/ledger'

/** The two fakes as the ledgers' suite wants them. */
export async function suiteLedger(nodes: WorldForDriver, ledgers: WorldForSessions): Promise<LedgerWorld> {
  const driver = fakeDriver({ world: nodes, host: 'ledgers' })
  const program = (name: string) => driver.addProgram({ kind: 'file', path: `${pretendPrefix}/bin/${name}` })
  let port = 20_000
  return {
    ledger: fakeLedger({ world: ledgers }),
    driver,
    version: '3.1.5',
    programs: { orderer: await program('orderer'), peer: await program('peer'), node: await program('node') },
    contract: {
      write: (key, value) => ({ function: 'put', args: [key, value] }),
      read: (key) => ({ function: 'get', args: [key] }),
      wrong: () => ({ function: 'nosuch', args: [] }),
    },
    takePort: async () => ++port,
    certificateRequest: async (name) =>
      `-----BEGIN CERTIFICATE REQUEST-----\n${name}\n-----END CERTIFICATE REQUEST-----\n`,
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  }
}
