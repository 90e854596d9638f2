import { NodeWorld, serveNodeWorld } from '@cello/driver-fake'
import { LedgerWorld, serveLedgerWorld } from '@cello/ledger-fake'
import { worldSockets } from './sockets.ts'

/**
 * The world of the fake driver and the fake ledger in a process of its own: `main.ts FOLDER` serves both in that folder,
 * prints `ready` and lives until SIGTERM, whatever becomes of the control planes that use it.
 */
const folder = process.argv[2]
if (folder === undefined) throw new Error('give the folder that the sockets go into')
const sockets = worldSockets(folder)
const services = [
  await serveNodeWorld(new NodeWorld(), sockets.nodes),
  await serveLedgerWorld(new LedgerWorld(), sockets.ledgers),
]
process.on('SIGTERM', () => {
  void Promise.all(services.map((service) => service[Symbol.asyncDispose]()))
})
process.stdout.write('ready\n')
