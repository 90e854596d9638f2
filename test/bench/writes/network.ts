/** One orderer, one peer and one contract, each a process of its own, of either side: same files, same settings. */
import { type Connection, type Signer, waitUntilConnected } from '@cello/fabric'
import { defaultApplicationPolicies } from '@cello/fabric/config'
import { openGateway } from '@cello/fabric/gateway'
import { joinPeer } from '@cello/fabric/peers'
import { freePorts } from '@cello/fabric/testing/real-node'
import { channel, type Ordering, planOrdering, startOrderer } from '../../devnode/ordering.ts'
import { mspOf } from '../../devnode/organizations.ts'
import { deployKv } from '../../devnode/peer-kv.ts'
import { organization, type PeerPlan, planPeer, startPeer } from '../../devnode/peers/network.ts'
import type { Side } from './sides.ts'

/** What the bar is stated for. */
export const batchTimeout = '10ms'

export interface WritesNetwork extends AsyncDisposable {
  readonly pids: { readonly orderer: number; readonly peer: number; readonly contract: number }
  /** Writes one key by the Gateway client; resolves when the transaction is committed. @throws Error unless it is VALID */
  readonly write: (key: string) => Promise<void>
}

export interface NetworkPlan extends Disposable {
  readonly ordering: Ordering
  readonly peer: PeerPlan
}

/** Writes all files; nothing is started. */
export async function planNetwork({ shipped }: Side): Promise<NetworkPlan> {
  const org = organization(1)
  const [service = 0, operations = 0, contracts = 0] = await freePorts(3)
  const anchorPeers = [{ host: '127.0.0.1', port: service }]
  const ordering = await planOrdering({
    ...(shipped === undefined ? {} : { shipped }),
    members: org.authorities,
    application: {
      policies: defaultApplicationPolicies,
      organizations: [{ name: org.mspId, msp: mspOf(org), anchorPeers }],
    },
    batch: {
      timeout: batchTimeout,
      maxMessageCount: 500,
      absoluteMaxBytes: 10_000_000,
      preferredMaxBytes: 2_000_000,
    },
  })
  const peer = planPeer(ordering, org, { service, operations, contracts })
  return { ordering, peer, [Symbol.dispose]: () => ordering[Symbol.dispose]() }
}

/** Starts everything, joined to one channel, the contract answering. */
export async function startNetwork(side: Side): Promise<WritesNetwork> {
  await using started = new AsyncDisposableStack()
  const { ordering, peer: plan } = started.use(await planNetwork(side))
  const orderer = started.use(await startOrderer(ordering, side.orderer))
  await orderer.participation.join(ordering.genesis)
  const { process, connection, org } = startPeer(plan, side.peer)
  started.defer(() => process.stop())
  started.defer(() => connection.close())
  await waitUntilConnected(connection, { timeoutMs: 30_000 })
  await joinPeer(connection, org.admin, ordering.genesis)
  const contract = started.use(await deployKv([{ connection, admin: org.admin }], channel, ordering.folder))
  const pidOf = ({ pid = 0 }: { readonly pid: number | undefined }) => pid
  const pids = { orderer: pidOf(orderer.process), peer: pidOf(process), contract: pidOf(contract.process) }
  const owned = started.move()
  return { pids, write: writer(connection, org.user), [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** The official client's own way: endorse, submit, commit status. */
function writer(connection: Connection, user: Signer): WritesNetwork['write'] {
  const contract = openGateway(connection, user).network(channel).getContract('kv')
  return async (key) => void (await contract.submitTransaction('put', key, key))
}
