import { NodeWorld } from '@cello/driver-fake'
import { LedgerWorld } from '@cello/ledger-fake'
import { describeLedger } from '@cello/ports/suites/ledger'
import { suiteLedger } from './suite-ledger.ts'

describeLedger('fake', () => suiteLedger(new NodeWorld(), new LedgerWorld()), { bft: true, consenters: true })
