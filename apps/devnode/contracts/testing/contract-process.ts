/** An unchanged fabric-shim contract as a child process. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'

const root = new URL('../../../../', import.meta.url)
const contract = fileURLToPath(new URL('test/devnode/peers/contract/index.js', root))

export interface ContractProcess extends AsyncDisposable {
  readonly address: string
  /** SIGKILL; resolves when it has ended. */
  kill(): Promise<void>
}

/** Starts the contract that does what it is told (`run` with a JSON list of steps); resolves when it listens. */
export async function startContract(id: string, port: number): Promise<ContractProcess> {
  const address = `127.0.0.1:${port}`
  const child = spawn(process.execPath, [contract], {
    env: {
      PATH: process.env['PATH'] ?? '',
      CONTRACT_ID: id,
      CONTRACT_ADDRESS: address,
      CORE_CHAINCODE_LOGGING_SHIM: 'error',
    },
    stdio: 'ignore',
  })
  const exited = once(child, 'exit')
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  while (!(await isListening(port))) {
    if (child.exitCode !== null) throw new Error(`the contract ended with ${child.exitCode}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return { address, kill, [Symbol.asyncDispose]: kill }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
