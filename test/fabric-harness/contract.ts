import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { pollUntil } from '@cello/fabric'
import { submitAndWait } from '@cello/fabric/gateway'
import {
  approveTogether,
  type ContractDefinition,
  installPackage,
  packageContract,
  prepareCommit,
} from '@cello/fabric/lifecycle'
import { discoverEndorsers, type Endorsers } from '@cello/fabric/peers'
import { freePorts } from '@cello/fabric/testing/real-node'
import type { RealNetwork, RunningPeer } from './network.ts'
import { nodeProcess } from './node-process.ts'

/** Milliseconds that a node may take to come up or to hear of others; machines may be busy. */
const patienceMs = 90_000
const shim = join(import.meta.dirname, '../../node_modules/fabric-shim/cli.js')

/** The first peer of each organization, which runs the contract. */
export function endorsingPeers(network: RealNetwork): readonly RunningPeer[] {
  return network.plan.orgs.flatMap((org) => network.peers.filter((peer) => peer.plan.org === org).slice(0, 1))
}

/**
 * Installs, approves and commits the harness contract, running one process for all organizations.
 * @returns the package id
 */
export async function deployContract(network: RealNetwork, definition: ContractDefinition): Promise<string> {
  const peers = endorsingPeers(network)
  const [port = 0] = await freePorts(1)
  const address = `127.0.0.1:${port}`
  const { bytes, packageId } = await packageContract({
    label: `${definition.name}_${definition.version}`,
    service: { address },
  })
  const runner = nodeProcess({
    program: process.execPath,
    args: [shim, 'server', '--chaincode-address', address, '--chaincode-id', packageId],
    env: { PATH: '/usr/bin:/bin', HOME: network.plan.root },
    folder: join(import.meta.dirname, 'contract'),
    logFolder: join(network.plan.root, `contract-${port}`),
  })
  network.adopt(runner)
  runner.start()
  const answering = pollUntil({ doing: 'start the contract' }, () => isListening(port), {
    timeoutMs: patienceMs,
  })
  await Promise.all(peers.map(({ connection, admin }) => installPackage(connection, admin, bytes)))
  const channel = network.plan.channel
  const approvers = peers.map(({ connection, admin }) => ({ connection, signer: admin, packageId }))
  await approveTogether(approvers, { channel, definition })
  const [first] = peers
  if (!first) throw new Error('no peers')
  const connections = peers.map(({ connection }) => connection)
  const commit = await prepareCommit(connections, first.admin, { channel, definition })
  await submitAndWait(first.connection, first.admin, commit)
  await Promise.all(peers.map((peer) => endorsersAt(peer, channel, definition.name)))
  await answering
  return packageId
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

function endorsersAt({ connection, admin }: RunningPeer, channel: string, contract: string): Promise<Endorsers> {
  return pollUntil(
    { doing: 'discover endorsers', channel },
    (limits) => discoverEndorsers(connection, admin, { channel, contract }, limits),
    { timeoutMs: patienceMs },
  )
}
