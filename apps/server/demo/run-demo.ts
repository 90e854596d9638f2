import { join } from 'node:path'
import { poll } from '@cello/kit'
import { PlatformError } from '@cello/model'
import {
  administrator,
  type Context,
  createNetwork,
  getHost,
  getNetwork,
  getOperation,
  invokeContract,
  listFabric,
  queryContract,
  startNetwork,
  uploadPackage,
} from '@cello/usecases'
import { demoNetwork } from './demo-network.ts'
import { packFolder } from './pack-folder.ts'
import type { DemoReport } from './report.ts'

const call = { actor: administrator }
const name = 'demo'
const contractFolder = join(import.meta.dirname, '../../../examples/contracts/assets')

/** Milliseconds that the network gets to come into being. */
const patienceMs = 180_000

/** Makes the demonstration network, or finds the one of an earlier start, and has its contract write and read one asset. */
export async function runDemo(context: Context, report: DemoReport, signal: AbortSignal): Promise<void> {
  const found = await getNetwork(context, call, name).catch(unlessNotFound)
  if (found?.power === 'stopped') await startNetwork(context, call, { network: name })
  if (found) report.found(found)
  const acceptedAt = found ? Date.now() : await create(context, report, signal)
  await whole(context, report, signal)
  report.calling()
  const asset = `asset-${acceptedAt}`
  const target = { network: name, channel: 'main', contract: 'assets', identity: 'admin' }
  const write = { ...target, function: 'create', args: [asset, 'a lighthouse', '1200', 'Ada'] }
  const committed = await invokeContract(context, { ...call, signal }, write)
  report.committed(committed, Date.now() - acceptedAt)
  const answer = await queryContract(context, { ...call, signal }, { ...target, function: 'read', args: [asset] })
  report.answered(answer.result)
}

/** @returns when the request was accepted, milliseconds since 1970 */
async function create(context: Context, report: DemoReport, signal: AbortSignal): Promise<number> {
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  try {
    const [built, runtime] = await Promise.all([build(context, report, either), chooseRuntime(context, report)])
    const { createdAt } = await createNetwork(context, call, demoNetwork(built, runtime))
    report.accepted(await getNetwork(context, call, name))
    return Date.parse(createdAt)
  } finally {
    failed.abort()
  }
}

async function build(context: Context, report: DemoReport, signal: AbortSignal) {
  report.building('assets')
  const built = await uploadPackage(context, { ...call, signal }, { archive: await packFolder(contractFolder) })
  report.built(built)
  return built
}

/** Fabric where it is found or was chosen for the host, else the devnode: nothing is fetched unasked, and nobody has to wait. */
async function chooseRuntime(context: Context, report: DemoReport): Promise<'fabric' | 'devnode'> {
  const host = 'local'
  const { items, unsuitable } = await listFabric(context, call, { host, page: { limit: 100 } })
  const found = items.find(({ chosen }) => chosen)
  if (!found && (await getHost(context, call, host)).fabricVersion !== undefined) return 'fabric'
  report.fabric(found, unsuitable)
  return found ? 'fabric' : 'devnode'
}

/** Waits until the network was seen whole. @throws the failure of its operation */
async function whole(context: Context, report: DemoReport, signal: AbortSignal): Promise<void> {
  let id: string | undefined
  const seen = await poll(
    async () => {
      const network = await getNetwork(context, call, name)
      // One that has just ended is no longer named, and has its last steps yet to tell.
      id = network.operation?.id ?? id
      const operation = id === undefined ? undefined : await getOperation(context, call, id)
      report.progress(operation)
      if (operation?.state === 'failed' || operation?.state === 'cancelled') return operation
      return network.state === 'running' ? ('running' as const) : undefined
    },
    { timeoutMs: patienceMs, everyMs: 20, signal },
  )
  if (seen === 'running') return
  const { message, next, lastLines } = seen?.error ?? {
    message: 'it did not come up in time',
    next: 'See `npx cello operation list`.',
    lastLines: [],
  }
  throw new PlatformError('DEMO_FAILED', { detail: message, nearest: next, lastLines })
}

function unlessNotFound(error: unknown): undefined {
  if (error instanceof PlatformError && error.code === 'NOT_FOUND') return undefined
  throw error
}
