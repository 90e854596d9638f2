import { NodeWorld } from '@cello/driver-fake'
import { LedgerWorld } from '@cello/ledger-fake'
import type { ContractDefinition, InvokeRequest, LedgerSession } from '@cello/ports'
import { mainChannel, SuiteNetwork } from '@cello/ports/suites/ledger'
import { suiteLedger } from './suite-ledger.ts'

/** A network on the fakes with a channel of three orderers and two peers. */
export interface FakeNetwork {
  readonly nodes: NodeWorld
  readonly ledgers: LedgerWorld
  readonly network: SuiteNetwork
  readonly session: LedgerSession
  readonly genesis: Uint8Array
}

export const orderers = ['Orderer/orderer0', 'Orderer/orderer1', 'Orderer/orderer2']
export const peers = ['Org1/peer0', 'Org2/peer0']

/** With its rows and identities, and nothing running. */
export async function bareNetwork(): Promise<FakeNetwork> {
  const [nodes, ledgers] = [new NodeWorld(), new LedgerWorld()]
  const world = await suiteLedger(nodes, ledgers)
  const network = await SuiteNetwork.make(world, { bft: true, consenters: true })
  for (const name of ['Orderer', 'Org1', 'Org2']) await network.addOrganization(name)
  for (const ref of [...orderers, ...peers]) {
    const [organization = '', name = ''] = ref.split('/')
    await network.addNode(organization === 'Orderer' ? 'orderer' : 'peer', organization, name)
  }
  const genesis = await world.ledger.makeGenesis(mainChannel(network), network.view)
  return { nodes, ledgers, network, session: network.session, genesis }
}

/** With the channel `main` on all nodes. */
export async function joinedNetwork(): Promise<FakeNetwork> {
  const made = await bareNetwork()
  const { network, session, genesis } = made
  for (const ref of [...orderers, ...peers]) await network.start(ref)
  for (const ref of orderers) await session.joinOrderer(network.idOf(ref), 'main', genesis)
  for (const ref of peers) await session.joinPeer(network.idOf(ref), 'main', genesis)
  return made
}

/** With the contract `basic` on both peers. */
export async function networkWithContract(change: Partial<ContractDefinition> = {}): Promise<FakeNetwork> {
  const made = await joinedNetwork()
  const { network, session } = made
  const definition: ContractDefinition = {
    channel: 'main',
    name: 'basic',
    version: '1.0',
    sequence: 1,
    initRequired: false,
    collections: [],
    ...change,
  }
  for (const organization of ['Org1', 'Org2']) {
    const { address, record } = await network.addNode('contract', organization, 'basic')
    const label = 'basic_1.0'
    const built = await network.world.ledger.packageContract({ label, address: `${address}:${record.ports.service}` })
    await session.installPackage(network.idOf(`${organization}/peer0`), built)
    await network.start(`${organization}/basic`, built.id)
    const approval = await session.prepareApproval({ organization, definition, packageId: built.id })
    if (approval) await session.submit(approval)
  }
  const commit = await session.prepareCommit({ organization: 'Org1', definition })
  if (commit) await session.submit(commit)
  return made
}

/** A call in the name of Org1's administrator. */
export function callOf({ network }: FakeNetwork, name: string, ...args: string[]): InvokeRequest {
  const certificate = network.organization('Org1').adminCertificate
  return {
    channel: 'main',
    contract: 'basic',
    organization: 'Org1',
    subject: 'admin',
    certificate,
    function: name,
    args,
  }
}

export async function read(fake: FakeNetwork, key: string): Promise<string> {
  return new TextDecoder().decode(await fake.session.query(callOf(fake, 'get', key)))
}
