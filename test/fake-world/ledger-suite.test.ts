import { fakeDriver, NodeWorld, pretendPrefix } from '@cello/driver-fake'
import { fakeLedger, LedgerWorld } from '@cello/ledger-fake'
import { describeLedger, type LedgerWorld as SuiteWorld } from '@cello/ports/suites/ledger'

async function makeWorld(): Promise<SuiteWorld> {
  const driver = fakeDriver({ world: new NodeWorld(), host: 'suite' })
  const program = (name: string) => driver.addProgram({ kind: 'file', path: `${pretendPrefix}/bin/${name}` })
  let port = 20_000
  return {
    ledger: fakeLedger({ world: new LedgerWorld() }),
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

describeLedger('fake', makeWorld, { bft: true })
