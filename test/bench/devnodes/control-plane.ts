/**
 * A control plane over networks of devnodes that another process embeds: `control-plane.ts FOLDER NETWORKS`. FOLDER holds its
 * data and the driver's socket. Prints one line of JSON, the ports of all nodes, when all networks were seen as they are
 * wanted; ends at SIGTERM.
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { createDevnodeLedger } from '@cello/ledger-fabric'
import { remoteDriver } from '../../embedded/remote-driver.ts'
import { smallNetwork } from '../../simulation/platform.ts'
import { openPlane } from '../idle/plane.ts'
import type { NodePorts } from './connections.ts'

const [folder = '', count = '50'] = process.argv.slice(2)
const capabilities = { restarts: 'ours', isolation: 'none', stats: false, followLogs: false } as const
await using driver = remoteDriver(join(folder, 'driver.sock'), { kind: 'embedded', capabilities })
const ledgers = [createDevnodeLedger()]
await using plane = await openPlane({ folder, drivers: { local: driver }, ledgers, httpPort: 18_081 })

const node = await driver.addProgram({ kind: 'file', path: process.execPath })
// The programs that it would start are those of the process that embeds the nodes.
const runtime = { kind: 'devnode' as const, version: '3.1.5', programs: { node, devnode: node } }
const ports = await driver.freePorts(Array.from({ length: 11_000 }, (_, index) => 31_000 - index))
const nodePorts: NodePorts = {}
for (let made = 0; made < Number(count); made++) {
  const input = { ...smallNetwork(`network-${made}`, 1), runtime: { kind: 'devnode' as const } }
  const { nodes } = await plane.create({ input, host: 'local', runtime, ports })
  for (const row of nodes) nodePorts[`network-${made}/${row.organization}/${row.name}`] = Object.values(row.ports)
}
await plane.settled()
process.stdout.write(`${JSON.stringify(nodePorts)}\n`)
await once(process, 'SIGTERM')
