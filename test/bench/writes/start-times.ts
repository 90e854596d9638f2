import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { nodeProcess, type ProcessPlan } from '../../fabric-harness/node-process.ts'
import { planNetwork } from './network.ts'
import type { Side } from './sides.ts'

/** Milliseconds from the start of the process until it takes gRPC connections, which it does last. */
export interface StartTimes {
  readonly orderer: number
  readonly peer: number
}

/** Each node alone, with nothing joined; nothing else is started meanwhile. */
export async function startTimes(side: Side, signal: AbortSignal): Promise<StartTimes> {
  using plan = await planNetwork(side)
  const { ordering, peer } = plan
  const peerEnv = { FABRIC_CFG_PATH: peer.folder, PATH: '/usr/bin:/bin', FABRIC_LOGGING_SPEC: 'info' }
  const orderer = await started(
    { ...side.orderer, env: ordering.env, folder: ordering.folder },
    ordering.ports.service,
    signal,
  )
  return {
    orderer,
    peer: await started({ ...side.peer, env: peerEnv, folder: peer.folder }, peer.ports.service, signal),
  }
}

async function started(plan: ProcessPlan, port: number, signal: AbortSignal): Promise<number> {
  const node = nodeProcess(plan)
  const began = performance.now()
  node.start()
  try {
    while (!(await isListening(port))) {
      if (performance.now() - began > 60_000) throw new Error(`a node does not start; its log:\n${node.log()}`)
      await sleep(4, undefined, { signal })
    }
    return performance.now() - began
  } finally {
    await node.stop()
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
