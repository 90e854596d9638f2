/** For tests only: the harness contract, deployed on the peers of a devnode's network by the unchanged library. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type Connection, pollUntil, type Signer } from '@cello/fabric'
import { submitAndWait } from '@cello/fabric/gateway'
import {
  approveTogether,
  type ContractDefinition,
  installPackage,
  packageContract,
  prepareCommit,
} from '@cello/fabric/lifecycle'
import { discoverEndorsers } from '@cello/fabric/peers'
import { freePorts } from '@cello/fabric/testing/real-node'
import { type NodeProcess, nodeProcess } from '../fabric-harness/node-process.ts'

export interface Member {
  readonly connection: Connection
  readonly admin: Signer
}

export interface DeployedContract extends AsyncDisposable {
  readonly packageId: string
  readonly process: NodeProcess
}

/** Milliseconds that a node may take to come up or to hear of others; machines may be busy. */
const patienceMs = 90_000
const shim = join(import.meta.dirname, '../../node_modules/fabric-shim/cli.js')
const source = join(import.meta.dirname, '../fabric-harness/contract')

/** @param folder for the contract's log */
export async function deployKv(
  members: readonly [Member, ...Member[]],
  channel: string,
  folder: string,
  definition: ContractDefinition = { name: 'kv', version: '1', sequence: 1 },
): Promise<DeployedContract> {
  const [port = 0] = await freePorts(1)
  const address = `127.0.0.1:${port}`
  const label = `${definition.name}_${definition.version}`
  const { bytes, packageId } = await packageContract({ label, service: { address } })
  const process = nodeProcess({
    program: globalThis.process.execPath,
    args: [shim, 'server', '--chaincode-address', address, '--chaincode-id', packageId],
    env: { PATH: '/usr/bin:/bin', HOME: folder },
    folder: source,
    logFolder: join(folder, `contract-${port}`),
  })
  process.start()
  const answering = pollUntil({ doing: 'start the contract' }, () => isListening(port), {
    timeoutMs: patienceMs,
  })
  await Promise.all(members.map(({ connection, admin }) => installPackage(connection, admin, bytes)))
  const approvers = members.map(({ connection, admin }) => ({ connection, signer: admin, packageId }))
  await approveTogether(approvers, { channel, definition })
  // Peers dial it when its definition is committed, and log one that is not there yet as an error.
  await answering
  const [{ connection, admin }] = members
  const connections = members.map((member) => member.connection)
  await submitAndWait(connection, admin, await prepareCommit(connections, admin, { channel, definition }))
  await Promise.all(members.map((member) => untilEndorsed(member, channel, definition.name)))
  return { packageId, process, [Symbol.asyncDispose]: () => process.stop() }
}

/** Until the peer knows who endorses the contract. */
export function untilEndorsed({ connection, admin }: Member, channel: string, contract: string): Promise<unknown> {
  return pollUntil(
    { doing: 'discover endorsers', channel },
    (limits) => discoverEndorsers(connection, admin, { channel, contract }, limits),
    { timeoutMs: patienceMs },
  )
}

async function isListening(port: number): Promise<true | undefined> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return undefined
  } finally {
    socket.destroy()
  }
}
